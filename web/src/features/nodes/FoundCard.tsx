import { ArrowDownTrayIcon } from '@heroicons/react/20/solid'
import { MagnifyingGlassIcon } from '@heroicons/react/24/solid'
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Callout, Card, CardHeader, Checkbox, DataTable, EmptyState, ErrorCallout } from '@/components/ui'
import { fetchFromNode, transfersKey, transfersQuery, type DicomNode, type Found } from '@/lib/api/nodes'
import { toast } from '@/lib/toast'
import { FoundLine, useFoundColumns, useStudyTitle, type Row } from './foundColumns'
import { studyOf } from './question'
import { canBeFetched, newestFetches, standingOf } from './standing'

const MOST = 200 // of the API in one page, and of the studies in one answer

export interface FoundCardProps {
  node: DicomNode
  /** Undefined before anything was asked. */
  query?: UseQueryResult<Found>
}

/** What a node answered, and fetching of it. */
export function FoundCard({ node, query }: FoundCardProps) {
  const { t } = useTranslation('nodes')
  const queryClient = useQueryClient()
  const transfers = useQuery(transfersQuery({ page: 1, size: MOST, node_id: node.id })).data?.items ?? []
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const fetching = useMutation({
    mutationFn: async (uids: string[]) => {
      for (const uid of uids) await fetchFromNode(node.id, uid)
    },
    onSuccess: (_, uids) => toast('success', t('search.ordered', { count: uids.length })),
    onSettled: () => {
      setPicked(new Set())
      return queryClient.invalidateQueries({ queryKey: transfersKey })
    },
  })
  const newest = newestFetches(transfers)
  const found = query?.error ? undefined : query?.data
  const rows = found?.items.map(studyOf).map((study): Row => {
    const standing = standingOf(study, found.here[study.uid], newest.get(study.uid))
    return { study, standing, canFetch: canBeFetched(study, standing) }
  })
  const free = rows?.filter(({ canFetch }) => canFetch).map(({ study }) => study.uid) ?? []
  const chosen = [...new Set(free.filter((uid) => picked.has(uid)))]
  const pick = (uids: string[], on: boolean) =>
    setPicked((old) => new Set(on ? [...old, ...uids] : [...old].filter((uid) => !uids.includes(uid))))
  const acts = {
    picked,
    pick: (uid: string, on: boolean) => pick([uid], on),
    fetch: (uid: string) => fetching.mutate([uid]),
    busy: (uid: string) => fetching.isPending && fetching.variables.includes(uid),
  }
  const columns = useFoundColumns(acts)
  const title = useStudyTitle()
  return (
    <Card>
      <CardHeader
        title={t('search.found')}
        note={
          <span role="status">
            {query?.isFetching ? t('search.asking') : rows && t('search.count', { count: rows.length })}
          </span>
        }
        actions={
          free.length > 0 && (
            <Button
              icon={ArrowDownTrayIcon}
              disabled={chosen.length === 0}
              busy={fetching.isPending && fetching.variables.length > 1}
              onClick={() => fetching.mutate(chosen)}
            >
              {chosen.length > 0 ? t('search.fetchCount', { count: chosen.length }) : t('search.fetchPicked')}
            </Button>
          )
        }
      />
      {fetching.error && <ErrorCallout error={fetching.error} className="m-4" />}
      {found && !found.complete && (
        <Callout tone="warning" className="m-4">
          {t('search.more', { count: found.items.length })}
        </Callout>
      )}
      {free.length > 1 && (
        <div className="border-b border-line px-4 py-2">
          <Checkbox checked={chosen.length === free.length} onChange={(on) => pick(free, on)}>
            {t('search.pickAll')}
          </Checkbox>
        </div>
      )}
      {query ? (
        <DataTable
          label={t('search.found')}
          columns={columns}
          rows={rows}
          rowKey={({ study }) => study.key}
          card={(row) => <FoundLine row={row} title={title(row.study)} {...acts} />}
          stale={query.isFetching}
          error={query.isFetching ? undefined : query.error}
          onRetry={() => void query.refetch()}
          empty={
            <EmptyState icon={MagnifyingGlassIcon} title={t('search.emptyTitle')}>
              {t('search.empty')}
            </EmptyState>
          }
        />
      ) : (
        <EmptyState icon={MagnifyingGlassIcon} title={t('search.beforeTitle')}>
          {t('search.before')}
        </EmptyState>
      )}
    </Card>
  )
}
