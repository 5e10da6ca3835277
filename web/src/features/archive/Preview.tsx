import { useTranslation } from 'react-i18next'
import { Badge, DataTable, EmptyState, type Column } from '@/components/ui'
import { FunnelIcon } from '@heroicons/react/24/solid'
import type { DryRun, Tried } from '@/lib/api/archiveTypes'
import { number, shortDateTime } from '@/lib/format'

/** What a rule would have done: nothing of it has happened. */
export function Preview({ run }: { run: DryRun }) {
  const { t } = useTranslation('archive')
  const columns: Column<Tried>[] = [
    {
      key: 'when',
      header: t('preview.received'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (series) => shortDateTime(series.received_at),
    },
    {
      key: 'series',
      header: t('preview.series'),
      className: 'w-1/2 min-w-40',
      cell: (series) => <Series series={series} />,
    },
    {
      key: 'would',
      header: t('preview.would'),
      className: 'w-1/2 min-w-48',
      cell: (series) => <Would series={series} />,
    },
  ]
  return (
    <div className="flex flex-col gap-2">
      <p aria-live="polite">{t('preview.result', { matched: number(run.matched), looked: number(run.looked_at) })}</p>
      <div className="max-h-72 overflow-auto rounded-md border border-line">
        <DataTable
          label={t('preview.title')}
          columns={columns}
          rows={run.items}
          rowKey={(series) => series.series_uid}
          card={(series) => (
            <div className="flex flex-col gap-1 px-3 py-2">
              <Series series={series} />
              <Would series={series} />
            </div>
          )}
          empty={<EmptyState icon={FunnelIcon} title={t('preview.nothing')} className="py-6" />}
        />
      </div>
    </div>
  )
}

function Series({ series }: { series: Tried }) {
  const { t } = useTranslation('archive')
  return (
    <div className="min-w-0">
      <p className="truncate">
        <span className="font-medium">{series.modality}</span> {series.description || '—'}
      </p>
      <p className="tnum text-xs text-muted">
        {t('preview.slices', { count: series.slices, shown: number(series.slices) })}
        {series.body_part && ` · ${series.body_part}`} · {series.source}
      </p>
    </div>
  )
}

function Would({ series }: { series: Tried }) {
  const { t } = useTranslation('archive')
  if (!series.matched)
    return (
      <span className="text-muted">
        {t('preview.unmet')} {series.why_not.map((name) => t(`condition.${name}`)).join(', ')}
      </span>
    )
  if (series.already_run) return <Badge>{t('preview.already')}</Badge>
  return (
    <ul className="flex flex-col gap-1">
      {series.would.map((step, at) => (
        <li key={at} className="flex flex-wrap items-center gap-1.5">
          <Badge tone={step.problem ? 'red' : 'green'}>{t(`action.${step.kind}`)}</Badge>
          <span className={step.problem ? 'text-red-text' : ''}>{step.problem ?? step.what}</span>
        </li>
      ))}
    </ul>
  )
}
