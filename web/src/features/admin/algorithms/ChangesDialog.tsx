import { ClockIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, Dialog, EmptyState, Pagination, type Column } from '@/components/ui'
import type { AlgorithmChange } from '@/lib/api'
import { changesQuery } from '@/lib/api/algorithms'
import { dateTime } from '@/lib/format'
import type { AlgorithmDialogProps } from './AlgorithmCard'

const SIZE = 10

/** Who changed what and when. */
export function ChangesDialog({ algorithm, name, onClose }: AlgorithmDialogProps) {
  const { t } = useTranslation('algorithms')
  const [page, setPage] = useState(1)
  const query = useQuery(changesQuery(algorithm.name, { page, size: SIZE }))
  const { data } = query
  const columns: Column<AlgorithmChange>[] = [
    {
      key: 'at',
      header: t('changes.at'),
      className: 'tnum whitespace-nowrap text-muted',
      cell: ({ at }) => dateTime(at),
    },
    { key: 'actor', header: t('changes.actor'), cell: ({ actor }) => actor },
    { key: 'version', header: t('version.version'), cell: ({ version }) => version ?? '—' },
    {
      key: 'what',
      header: t('changes.what'),
      className: 'w-full min-w-48 break-words',
      cell: (change) => <What change={change} />,
    },
  ]
  return (
    <Dialog open onClose={onClose} title={t('changes.title', { name })} className="max-w-4xl">
      <DataTable
        label={t('changes.title', { name })}
        columns={columns}
        rows={data?.items}
        rowKey={({ at, version }) => `${at} ${version}`}
        skeletonRows={3}
        stale={query.isPlaceholderData}
        card={(change) => (
          <div className="flex flex-col gap-1 py-2">
            <What change={change} />
            <p className="tnum text-xs text-muted">
              {dateTime(change.at)} · {change.actor} {change.version && `· ${change.version}`}
            </p>
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState icon={ClockIcon} title={t('changes.none')} className="py-8" />}
      />
      {data && <Pagination page={data.page} size={data.size} total={data.total} onPage={setPage} />}
    </Dialog>
  )
}

const FIELDS = ['state', 'canary_percent', 'shadow', 'enabled', 'price', 'model_sha256', 'engine_version'] as const
type Known = (typeof FIELDS)[number]
const isKnown = (field: string): field is Known => (FIELDS as readonly string[]).includes(field)

function What({ change }: { change: AlgorithmChange }) {
  const { t } = useTranslation('algorithms')
  return (
    <ul>
      {Object.entries(change.change).map(([field, [before, after]]) => (
        <li key={field}>
          <span className="font-medium">{isKnown(field) ? t(`field.${field}`) : field}</span>{' '}
          <span className="tnum break-all text-muted">
            {shown(before)} → {shown(after)}
          </span>
        </li>
      ))}
    </ul>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'string') return value.length === 64 ? value.slice(0, 12) : value // a hash
  return JSON.stringify(value)
}
