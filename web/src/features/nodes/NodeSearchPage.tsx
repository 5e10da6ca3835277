import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Card, ErrorState, Page } from '@/components/ui'
import { foundQuery, nodeQuery } from '@/lib/api/nodes'
import { FoundCard } from './FoundCard'
import { SearchForm } from './SearchForm'
import { keysOf } from './question'
import { validateFindSearch, type FindSearch } from './search'

const FROM = '/member/admin/dicom-nodes/$nodeId/search'
const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** Asks a node what it has, and has studies fetched from it. */
export function NodeSearchPage() {
  const { t } = useTranslation('nodes')
  const { nodeId } = useParams({ from: FROM })
  const search = useSearch({ from: FROM })
  const navigate = useNavigate()
  const node = useQuery(nodeQuery(nodeId))
  const keys = keysOf(search)
  const found = useQuery({ ...foundQuery(nodeId, keys ?? {}), enabled: Boolean(keys) && Boolean(node.data) })
  const ask = (draft: FindSearch) => {
    const next = validateFindSearch({ ...draft })
    if (isSame(keysOf(next), keys)) void found.refetch()
    else void navigate({ to: '/admin/dicom-nodes/$nodeId/search', params: { nodeId }, search: next })
  }
  const title = node.data?.ae_title
  return (
    <Page
      title={title ? t('search.title', { title }) : t('search.action')}
      note={node.data?.description}
      back={
        <Link to="/admin/dicom-nodes" className="text-blue-text hover:underline">
          {t('title')}
        </Link>
      }
    >
      {node.error ? (
        <Card>
          <ErrorState error={node.error} onRetry={() => void node.refetch()} />
        </Card>
      ) : (
        <div className="flex flex-col gap-4">
          <Card>
            <SearchForm search={search} busy={found.isFetching} onSearch={ask} />
          </Card>
          {node.data && <FoundCard key={nodeId} node={node.data} query={keys && found} />}
        </div>
      )}
    </Page>
  )
}
