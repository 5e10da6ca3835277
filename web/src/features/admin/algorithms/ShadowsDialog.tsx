import { Square2StackIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, Dialog, EmptyState, Pagination, type Column } from '@/components/ui'
import type { ShadowRun } from '@/lib/api'
import { shadowsQuery } from '@/lib/api/algorithms'
import { number, shortDateTime } from '@/lib/format'
import type { AlgorithmDialogProps } from './AlgorithmCard'

const SIZE = 10

/** What ran in the shadow of orders, and how far it agrees with them. */
export function ShadowsDialog({ algorithm, name, onClose }: AlgorithmDialogProps) {
  const { t } = useTranslation(['algorithms', 'common'])
  const [page, setPage] = useState(1)
  const query = useQuery(shadowsQuery(algorithm.name, { page, size: SIZE }))
  const { data } = query
  const columns: Column<ShadowRun>[] = [
    {
      key: 'created',
      header: t('shadows.at'),
      className: 'tnum whitespace-nowrap text-muted',
      cell: ({ created_at }) => shortDateTime(created_at),
    },
    { key: 'order', header: t('shadows.order'), cell: (run) => <Order run={run} /> },
    { key: 'shadow', header: t('shadows.shadow'), cell: (run) => <Shadow run={run} /> },
    {
      key: 'labels',
      header: t('shadows.labels'),
      className: 'w-full min-w-56',
      cell: (run) => <Labels run={run} />,
    },
  ]
  return (
    <Dialog open onClose={onClose} title={t('shadows.title', { name })} className="max-w-5xl">
      <p className="mb-3 text-xs text-muted">{t('shadows.note')}</p>
      <DataTable
        label={t('shadows.title', { name })}
        columns={columns}
        rows={data?.items}
        rowKey={({ task_id }) => task_id}
        skeletonRows={3}
        stale={query.isPlaceholderData}
        card={(run) => (
          <div className="flex flex-col gap-1 py-2">
            <p className="tnum text-xs text-muted">{shortDateTime(run.created_at)}</p>
            <Order run={run} />
            <Shadow run={run} />
            <Labels run={run} />
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState icon={Square2StackIcon} title={t('shadows.none')} className="py-8">
            {t('shadows.noneText')}
          </EmptyState>
        }
      />
      {data && <Pagination page={data.page} size={data.size} total={data.total} onPage={setPage} />}
    </Dialog>
  )
}

function Order({ run }: { run: ShadowRun }) {
  const { t } = useTranslation('tasks')
  return (
    <p className="text-sm">
      <Link
        to="/tasks/$taskId"
        params={{ taskId: run.order_task_id }}
        className="rounded-sm font-medium hover:text-blue-text hover:underline"
      >
        {run.order_no}
      </Link>
      <span className="block text-xs text-muted">
        {run.order_version ?? '—'} · {t(`status.${run.order_status}`)}
      </span>
    </p>
  )
}

function Shadow({ run }: { run: ShadowRun }) {
  const { t } = useTranslation('tasks')
  return (
    <p className="text-sm">
      <Link
        to="/tasks/$taskId"
        params={{ taskId: run.task_id }}
        className="rounded-sm font-medium hover:text-blue-text hover:underline"
      >
        {run.version ?? '—'}
      </Link>
      <span className="block text-xs break-words text-muted">
        {t(`status.${run.status}`)}
        {run.failure_code && ` · ${run.failure_code}`}
      </span>
    </p>
  )
}

function Labels({ run }: { run: ShadowRun }) {
  const { t } = useTranslation('algorithms')
  if (!run.comparison) return <span className="text-xs text-muted">{t('shadows.waiting')}</span>
  const ml = (value: number | null) => (value === null ? '—' : `${number(value, 1)} ml`)
  return (
    <table className="tnum text-xs">
      <thead className="sr-only">
        <tr>
          <th>{t('shadows.label')}</th>
          <th>{t('shadows.order')}</th>
          <th>{t('shadows.shadow')}</th>
          <th>Dice</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(run.comparison.labels).map(([label, { volume_ml, shadow_volume_ml, dice }]) => (
          <tr key={label}>
            <th scope="row" className="pr-3 text-left font-medium">
              {label}
            </th>
            <td className="pr-2 text-right">{ml(volume_ml)}</td>
            <td className="pr-2 text-right">{ml(shadow_volume_ml)}</td>
            <td className="text-right">{dice === null ? '—' : `Dice ${number(dice, 3)}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
