import { CircleStackIcon, ShieldCheckIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  DataTable,
  EmptyState,
  ErrorCallout,
  Progress,
  type Column,
} from '@/components/ui'
import { may } from '@/lib/api/access'
import { beginCheck, checksKey, checksQuery, storageQuery } from '@/lib/api/archive'
import type { IntegrityCheck, StorageLine } from '@/lib/api/archiveTypes'
import { bytes, number, shortDateTime } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'
import { useChange } from '@/lib/hooks/useChange'

export function StorageCard() {
  const { t } = useTranslation('archive')
  const query = useQuery(storageQuery)
  const canCheck = useCan(may.checkStorage)
  const columns: Column<StorageLine>[] = [
    { key: 'who', header: t('storage.organization'), className: 'font-medium', cell: (line) => line.organization },
    { key: 'studies', header: t('storage.studies'), align: 'right', cell: (line) => number(line.studies) },
    { key: 'images', header: t('storage.images'), align: 'right', cell: (line) => number(line.instances) },
    { key: 'size', header: t('storage.size'), align: 'right', cell: (line) => bytes(line.size_bytes) },
    {
      key: 'trash',
      header: t('storage.trash'),
      align: 'right',
      className: 'text-muted',
      cell: (l) => bytes(l.trash_bytes),
    },
    {
      key: 'growth',
      header: t('storage.growth'),
      align: 'right',
      className: 'text-muted',
      cell: (line) => (line.growth_30_days === null ? '—' : signed(line.growth_30_days)),
    },
    { key: 'kinds', header: t('storage.kinds'), className: 'w-full min-w-56', cell: (line) => <Kinds line={line} /> },
  ]
  return (
    <>
      <Card>
        <CardHeader title={t('storage.title')} note={t('storage.note')} />
        <DataTable
          label={t('storage.title')}
          columns={columns}
          rows={query.data}
          rowKey={(line) => line.organization_id}
          skeletonRows={2}
          card={(line) => (
            <div className="flex flex-col gap-1 px-4 py-3">
              <p className="flex justify-between gap-3 font-medium">
                <span>{line.organization}</span>
                <span className="tnum">{bytes(line.size_bytes)}</span>
              </p>
              <Kinds line={line} />
            </div>
          )}
          error={query.error}
          onRetry={() => void query.refetch()}
          empty={<EmptyState icon={CircleStackIcon} title={t('storage.emptyTitle')} className="py-8" />}
        />
      </Card>
      {canCheck && <Integrity />}
    </>
  )
}

const signed = (value: number) => (value < 0 ? `−${bytes(-value)}` : `+${bytes(value)}`)

function Kinds({ line }: { line: StorageLine }) {
  const kinds = Object.entries(line.by_modality).sort((one, other) => other[1] - one[1])
  return (
    <div className="flex flex-wrap gap-x-3 gap-y-1 text-xs text-muted">
      {kinds.map(([modality, size]) => (
        <span key={modality} className="tnum">
          <span className="font-medium text-text">{modality}</span> {bytes(size)}
        </span>
      ))}
    </div>
  )
}

function Integrity() {
  const { t } = useTranslation('archive')
  const query = useQuery(checksQuery)
  const begin = useChange(beginCheck, { stale: checksKey, said: t('checks.begun'), then: () => undefined })
  const running = query.data?.items.some((check) => check.status === 'RUNNING')
  const columns: Column<IntegrityCheck>[] = [
    {
      key: 'when',
      header: t('checks.when'),
      className: 'whitespace-nowrap tnum',
      cell: (check) => shortDateTime(check.created_at),
    },
    {
      key: 'state',
      header: t('checks.state'),
      className: 'w-1/2 min-w-40',
      cell: (check) => <Verdict check={check} />,
    },
    { key: 'checked', header: t('checks.checked'), align: 'right', cell: (check) => number(check.checked) },
    { key: 'repaired', header: t('checks.repaired'), align: 'right', cell: (check) => number(check.repaired) },
    { key: 'lost', header: t('checks.lost'), align: 'right', cell: (check) => number(check.lost) },
  ]
  return (
    <Card>
      <CardHeader
        title={t('checks.title')}
        note={t(query.data?.has_copy ? 'checks.noteCopy' : 'checks.note')}
        actions={
          <Button onClick={() => begin.mutate(undefined)} busy={begin.isPending} disabled={running}>
            {t('checks.begin')}
          </Button>
        }
      />
      {begin.error && <ErrorCallout error={begin.error} />}
      <DataTable
        label={t('checks.title')}
        columns={columns}
        rows={query.data?.items}
        rowKey={(check) => check.check_id}
        skeletonRows={1}
        card={(check) => (
          <div className="flex flex-col gap-1 px-4 py-3">
            <span className="tnum text-xs text-muted">{shortDateTime(check.created_at)}</span>
            <Verdict check={check} />
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState icon={ShieldCheckIcon} title={t('checks.emptyTitle')} className="py-8" />}
      />
    </Card>
  )
}

function Verdict({ check }: { check: IntegrityCheck }) {
  const { t } = useTranslation('archive')
  if (check.status === 'RUNNING')
    return (
      <Progress value={check.total ? Math.round((100 * check.checked) / check.total) : 0} label={t('checks.running')} />
    )
  if (check.lost) return <Badge tone="red">{t('checks.someLost', { count: check.lost })}</Badge>
  if (check.repaired) return <Badge tone="amber">{t('checks.someRepaired', { count: check.repaired })}</Badge>
  return <Badge tone="green">{t('checks.whole')}</Badge>
}
