import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Card, CardHeader, PagedTable, Progress, type Column, type Tone } from '@/components/ui'
import { isUnderWay, transfersQuery, type DicomNode, type Transfer } from '@/lib/api/nodes'
import { number, shortDateTime } from '@/lib/format'
import { withPage, type PageSearch } from '@/lib/search'

const TONES: Record<Transfer['status'], Tone> = { QUEUED: 'grey', RUNNING: 'blue', DONE: 'green', FAILED: 'red' }

/** What was sent to these nodes and fetched from them, and how far it is. */
export function Transfers({ nodes }: { nodes: DicomNode[] }) {
  const { t } = useTranslation('nodes')
  const [place, setPlace] = useState<PageSearch>({})
  const query = useQuery(transfersQuery(withPage(place)))
  const titles = new Map(nodes.map((each) => [each.id, each.ae_title]))
  const what = (row: Transfer) =>
    t(`transfers.${row.direction}`, { title: titles.get(row.node_id) ?? t('transfers.anotherNode') })
  const columns: Column<Transfer>[] = [
    { key: 'what', header: t('transfers.what'), className: 'w-full min-w-40', cell: what },
    { key: 'state', header: t('transfers.state'), className: 'min-w-48', cell: (row) => <State row={row} /> },
    {
      key: 'begun',
      header: t('transfers.begun'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (row) => shortDateTime(row.created_at),
    },
  ]
  return (
    <Card>
      <CardHeader title={t('transfers.title')} note={t('transfers.note')} />
      <PagedTable
        label={t('transfers.title')}
        columns={columns}
        query={query}
        rowKey={(row) => row.id}
        onChange={(next) => setPlace((old) => ({ ...old, ...next }))}
        card={(row) => (
          <div className="flex flex-col gap-2 px-4 py-3">
            <span>{what(row)}</span>
            <State row={row} />
          </div>
        )}
        empty={<p className="px-4 py-6 text-sm text-muted">{t('transfers.empty')}</p>}
      />
    </Card>
  )
}

function State({ row }: { row: Transfer }) {
  const { t } = useTranslation('nodes')
  return (
    <div className="flex flex-col gap-1">
      <span className="flex items-center gap-2">
        <Badge tone={TONES[row.status]}>{t(`transferStatus.${row.status}`)}</Badge>
        {row.total > 0 && (
          <span className="tnum text-xs text-muted">
            {t('transfers.images', { done: number(row.completed), total: number(row.total) })}
          </span>
        )}
      </span>
      {isUnderWay(row) && row.total > 0 && <Progress value={(100 * row.completed) / row.total} label={t('transfers.state')} />}
      {row.failed > 0 && <span className="text-xs text-red-text">{t('transfers.failed', { count: row.failed })}</span>}
      {row.error && <span className="text-xs text-red-text">{row.error}</span>}
    </div>
  )
}
