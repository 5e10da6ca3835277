import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  ErrorCallout,
  PagedTable,
  Progress,
  type Column,
  type Tone,
} from '@/components/ui'
import { isUnderWay, transferAgain, transfersKey, transfersQuery, type DicomNode, type Transfer } from '@/lib/api/nodes'
import { day, number, personName, shortDateTime, shortUid } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'
import { withPage, type PageSearch } from '@/lib/search'

const TONES: Record<Transfer['status'], Tone> = { QUEUED: 'grey', RUNNING: 'blue', DONE: 'green', FAILED: 'red' }

/** What was sent to these nodes and fetched from them, and how far it is. */
export function Transfers({ nodes, canManage }: { nodes: DicomNode[]; canManage: boolean }) {
  const { t } = useTranslation(['nodes', 'common'])
  const [place, setPlace] = useState<PageSearch>({})
  const query = useQuery(transfersQuery(withPage(place)))
  const titles = new Map(nodes.map((each) => [each.id, each.ae_title]))
  const what = (row: Transfer) =>
    t(`transfers.${row.direction}`, { title: titles.get(row.node_id) ?? t('transfers.anotherNode') })
  const again = useChange(transferAgain, {
    stale: transfersKey,
    said: t('transfers.askedAgain'),
    then: () => setPlace((old) => ({ ...old, page: undefined })),
  })
  const action = (row: Transfer) =>
    canManage &&
    row.status === 'FAILED' && (
      <Button
        size="sm"
        busy={again.isPending && again.variables === row.id}
        aria-label={t('transfers.againOf', { what: what(row) })}
        onClick={() => again.mutate(row.id)}
      >
        {t('transfers.again')}
      </Button>
    )
  const columns: Column<Transfer>[] = [
    { key: 'what', header: t('transfers.what'), className: 'min-w-40', cell: what },
    { key: 'study', header: t('transfers.study'), className: 'w-full min-w-48', cell: (row) => <StudyOf row={row} /> },
    { key: 'state', header: t('transfers.state'), className: 'min-w-64', cell: (row) => <State row={row} /> },
    {
      key: 'begun',
      header: t('transfers.begun'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (row) => shortDateTime(row.created_at),
    },
    { key: 'action', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: action },
  ]
  return (
    <Card id="transfers">
      <CardHeader title={t('transfers.title')} note={t('transfers.note')} />
      {again.error && <ErrorCallout error={again.error} className="m-4" />}
      <PagedTable
        label={t('transfers.title')}
        columns={columns}
        query={query}
        rowKey={(row) => row.id}
        onChange={(next) => setPlace((old) => ({ ...old, ...next }))}
        card={(row) => (
          <div className="flex flex-col gap-2 px-4 py-3">
            <div className="flex items-start justify-between gap-3">
              <div className="min-w-0">
                <StudyOf row={row} />
              </div>
              {action(row)}
            </div>
            <p className="text-xs text-muted">
              {what(row)} · <span className="tnum">{shortDateTime(row.created_at)}</span>
            </p>
            <State row={row} />
          </div>
        )}
        empty={<p className="px-4 py-6 text-sm text-muted">{t('transfers.empty')}</p>}
      />
    </Card>
  )
}

/** Which study it is; what is not here for the reader has nothing but its UID. */
function StudyOf({ row: { study, study_uid } }: { row: Transfer }) {
  if (!study) {
    return study_uid ? (
      <span className="font-mono text-xs text-muted" title={study_uid}>
        {shortUid(study_uid)}
      </span>
    ) : (
      '—'
    )
  }
  return (
    <>
      <Link
        to="/studies/$studyUid"
        params={{ studyUid: study.study_uid }}
        className="font-medium hover:text-blue-text hover:underline"
      >
        {personName(study.patient_name)}
      </Link>
      <span className="block text-xs break-words text-muted">
        {[study.description, study.study_date && day(study.study_date)].filter(Boolean).join(' · ')}
      </span>
    </>
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
      {isUnderWay(row) && row.total > 0 && (
        <Progress value={(100 * row.completed) / row.total} label={t('transfers.state')} />
      )}
      {row.failed > 0 && <span className="text-xs text-red-text">{t('transfers.failed', { count: row.failed })}</span>}
      {row.error && <span className="text-xs text-red-text">{row.error}</span>}
    </div>
  )
}
