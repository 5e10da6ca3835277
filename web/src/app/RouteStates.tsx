import { MagnifyingGlassIcon } from '@heroicons/react/24/solid'
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, EmptyState, ErrorState, Page, Skeleton } from '@/components/ui'

export function RoutePending() {
  const { t } = useTranslation()
  return (
    <div className="flex flex-col gap-4 p-6" role="status" aria-label={t('state.loading')}>
      <Skeleton className="w-40" />
      <Skeleton className="h-64" />
    </div>
  )
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const retry = () => {
    reset()
    void router.invalidate()
  }
  return <ErrorState error={error} onRetry={retry} className="pt-24" />
}

export function NotFound() {
  const { t } = useTranslation()
  return (
    <Page title={t('state.notFoundTitle')}>
      <EmptyState
        icon={MagnifyingGlassIcon}
        title={t('state.notFoundTitle')}
        action={
          <Button asChild>
            <Link to="/tasks">{t('state.goToTasks')}</Link>
          </Button>
        }
      >
        {t('state.notFound')}
      </EmptyState>
    </Page>
  )
}
