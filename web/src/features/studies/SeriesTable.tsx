import { CheckCircleIcon, ExclamationTriangleIcon, XCircleIcon } from '@heroicons/react/20/solid'
import { RectangleStackIcon } from '@heroicons/react/24/solid'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Badge, Button, DataTable, EmptyState, type Column } from '@/components/ui'
import type { Series, SeriesGate, StudyDetail } from '@/lib/api'
import { may } from '@/lib/api/access'
import { number } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'

export function SeriesTable({ study }: { study: StudyDetail }) {
  const { t } = useTranslation(['studies', 'common'])
  const mayOrder = useCan(may.order)
  const order = (series: Series) =>
    mayOrder && (
      <Button asChild size="sm">
        <Link
          to="/order"
          search={{ study_uid: study.study_uid, series_uid: series.series_uid }}
          aria-label={t('orderFromSeries', { series: series.description ?? series.modality })}
        >
          {t('orderTask')}
        </Link>
      </Button>
    )
  const columns: Column<Series>[] = [
    { key: 'number', header: t('number'), align: 'right', cell: (s) => s.number ?? '—', className: 'w-0 text-muted' },
    { key: 'modality', header: t('modality'), cell: (s) => <Badge>{s.modality}</Badge>, className: 'w-0' },
    {
      key: 'description',
      header: t('description'),
      className: 'min-w-40',
      cell: (s) => <span className="font-medium">{s.description || '—'}</span>,
    },
    { key: 'body', header: t('bodyPart'), cell: (s) => s.body_part ?? '—', className: 'text-muted' },
    { key: 'instances', header: t('instances'), align: 'right', cell: (s) => number(s.instance_count) },
    { key: 'gate', header: t('gate'), className: 'max-w-md', cell: (s) => <Gate gate={s.gate} /> },
    { key: 'order', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: order },
  ]
  return (
    <DataTable
      label={t('series')}
      columns={columns}
      rows={study.series}
      rowKey={(s) => s.series_uid}
      card={(s) => (
        <div className="flex flex-col gap-2 px-4 py-3">
          <div className="flex items-start gap-2">
            <Badge>{s.modality}</Badge>
            <p className="min-w-0 flex-1 font-medium break-words">{s.description || '—'}</p>
          </div>
          <p className="text-xs text-muted">
            {[s.body_part, t('imagesCount', { count: s.instance_count, shown: number(s.instance_count) })]
              .filter(Boolean)
              .join(' · ')}
          </p>
          <Gate gate={s.gate} />
          <div>{order(s)}</div>
        </div>
      )}
      empty={<EmptyState icon={RectangleStackIcon} title={t('noSeries')} />}
    />
  )
}

/** Whether the series is complete and even enough to compute on, in the platform's words. */
function Gate({ gate }: { gate: SeriesGate | null }) {
  const { t } = useTranslation('studies')
  if (!gate) return <span className="text-muted">{t('gateUnknown')}</span>
  const warnings = gate.warnings.map(({ message }) => message)
  const Mark = !gate.ok ? XCircleIcon : warnings.length > 0 ? ExclamationTriangleIcon : CheckCircleIcon
  const tone = !gate.ok ? 'text-red' : warnings.length > 0 ? 'text-amber' : 'text-green'
  return (
    <div className="flex items-start gap-1.5 py-1">
      <Mark className={`mt-px size-4.5 shrink-0 ${tone}`} aria-hidden />
      <div className="min-w-0 break-words">
        <p>{gate.ok ? t('gateOk') : (gate.message ?? gate.code)}</p>
        {warnings.map((warning, i) => (
          <p key={i} className="text-xs text-muted">
            {warning}
          </p>
        ))}
      </div>
    </div>
  )
}
