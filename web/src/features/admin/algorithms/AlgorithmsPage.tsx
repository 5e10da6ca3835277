import { BeakerIcon } from '@heroicons/react/24/solid'
import { PlusIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, Card, EmptyState, ErrorState, Page, Skeleton } from '@/components/ui'
import { managedAlgorithmsQuery } from '@/lib/api/algorithms'
import { AlgorithmCard } from './AlgorithmCard'

export function AlgorithmsPage() {
  const { t } = useTranslation('algorithms')
  const query = useQuery(managedAlgorithmsQuery)
  const { data } = query
  return (
    <Page
      title={t('title')}
      note={t('note')}
      actions={
        <Button variant="primary" icon={PlusIcon} asChild>
          <Link to="/admin/algorithms/new">{t('add')}</Link>
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {data?.items.map((algorithm) => (
          <AlgorithmCard key={algorithm.name} algorithm={algorithm} />
        ))}
        {!data && (
          <Card className="flex flex-col gap-2 p-4">
            {query.error ? (
              <ErrorState error={query.error} onRetry={() => void query.refetch()} />
            ) : (
              <>
                <Skeleton className="w-1/3" />
                <Skeleton className="w-2/3" />
              </>
            )}
          </Card>
        )}
        {data?.items.length === 0 && (
          <Card>
            <EmptyState icon={BeakerIcon} title={t('emptyTitle')}>
              {t('empty')}
            </EmptyState>
          </Card>
        )}
      </div>
    </Page>
  )
}
