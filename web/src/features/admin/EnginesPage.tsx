import { ArrowPathIcon } from '@heroicons/react/20/solid'
import { CpuChipIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  Confirm,
  DataTable,
  EmptyState,
  Page,
  Progress,
  type Column,
  type Tone,
} from '@/components/ui'
import type { Engine } from '@/lib/api'
import { may } from '@/lib/api/access'
import { profileQuery } from '@/lib/api/account'
import { drainEngine, enginesKey, enginesQuery, removeEngine } from '@/lib/api/admin'
import { duration, number } from '@/lib/format'
import { EngineTokens } from './EngineTokens'
import { useChange } from './useChange'

const TONE: Record<Engine['status'], Tone> = { AVAILABLE: 'green', BUSY: 'blue', DRAINING: 'amber', OFFLINE: 'red' }

export function EnginesPage() {
  const { t } = useTranslation('admin')
  const canManage = may.manageEngines(useQuery(profileQuery).data)
  const query = useQuery(enginesQuery)
  return (
    <Page
      title={t('engines.title')}
      actions={
        <Button icon={ArrowPathIcon} busy={query.isFetching} onClick={() => void query.refetch()}>
          {t('engines.refresh')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Card>
          <CardHeader title={t('engines.registered')} note={t('engines.note')} />
          <EngineTable query={query} canManage={canManage} />
        </Card>
        {canManage && <EngineTokens />}
      </div>
    </Page>
  )
}

interface EngineTableProps {
  query: { data?: Engine[]; error: unknown; dataUpdatedAt: number; refetch: () => unknown }
  canManage: boolean
}

function EngineTable({ query, canManage }: EngineTableProps) {
  const { t } = useTranslation(['admin', 'common'])
  const now = useNow()
  const [removing, setRemoving] = useState<Engine>()
  const drain = useChange((engine: Engine) => drainEngine(engine.engine_id, !engine.draining), {
    stale: enginesKey,
    said: t('engines.changed'),
    then: () => undefined,
  })
  const remove = useChange(removeEngine, {
    stale: enginesKey,
    said: t('engines.removed'),
    then: () => setRemoving(undefined),
  })
  const silence = (engine: Engine) =>
    t('engines.ago', { time: duration(engine.heartbeat_age_s + Math.max(0, now - query.dataUpdatedAt) / 1000) })
  const load = (engine: Engine) => (
    <div className="flex items-center gap-2">
      <Progress
        value={(engine.current_load / Math.max(1, engine.capacity)) * 100}
        label={t('engines.loadOf', { engine: engine.engine_id })}
        className="min-w-16"
      />
      <span className="tnum shrink-0 text-xs text-muted">
        {number(engine.current_load)} / {number(engine.capacity)}
      </span>
    </div>
  )
  const algorithms = (engine: Engine) =>
    engine.supported_algorithms.map(({ name, version }) => [name, version].filter(Boolean).join(' ')).join(', ')
  const status = (engine: Engine) => (
    <Badge tone={TONE[engine.status]} dot>
      {t(`engineStatus.${engine.status}`)}
    </Badge>
  )
  const actions = (engine: Engine) =>
    canManage && (
      <div className="flex justify-end gap-1">
        <Button
          size="sm"
          busy={drain.isPending && drain.variables.engine_id === engine.engine_id}
          onClick={() => drain.mutate(engine)}
        >
          {t(engine.draining ? 'engines.resume' : 'engines.drain')}
        </Button>
        <Button size="sm" variant="dangerQuiet" onClick={() => setRemoving(engine)}>
          {t('engines.remove')}
        </Button>
      </div>
    )
  const columns: Column<Engine>[] = [
    { key: 'id', header: t('engines.id'), cell: (engine) => engine.engine_id, className: 'font-medium' },
    { key: 'host', header: t('engines.host'), cell: (engine) => engine.hostname, className: 'text-muted' },
    { key: 'status', header: t('users.status'), cell: status },
    { key: 'load', header: t('engines.load'), cell: load, className: 'w-48 min-w-36' },
    { key: 'heartbeat', header: t('engines.heartbeat'), cell: silence, className: 'tnum whitespace-nowrap text-muted' },
    { key: 'algorithms', header: t('engines.algorithms'), cell: algorithms, className: 'w-full text-muted' },
    { key: 'actions', header: t('common:list.actions'), quiet: true, cell: actions, className: 'w-0' },
  ]
  return (
    <>
      <DataTable
        label={t('engines.registered')}
        columns={columns}
        rows={query.data}
        rowKey={(engine) => engine.engine_id}
        skeletonRows={3}
        card={(engine) => (
          <div className="flex flex-col gap-2 px-4 py-3">
            <div className="flex items-start justify-between gap-3">
              <p className="min-w-0 font-medium break-all">{engine.engine_id}</p>
              {status(engine)}
            </div>
            {load(engine)}
            <p className="text-xs text-muted">
              {engine.hostname} · {silence(engine)}
            </p>
            <p className="text-xs text-muted">{algorithms(engine)}</p>
            {actions(engine)}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState icon={CpuChipIcon} title={t('engines.emptyTitle')}>
            {t('engines.empty')}
          </EmptyState>
        }
      />
      {removing && (
        <Confirm
          open
          onClose={() => setRemoving(undefined)}
          onConfirm={() => remove.mutate(removing.engine_id)}
          busy={remove.isPending}
          error={remove.error}
          title={t('engines.removeTitle', { engine: removing.engine_id })}
          confirm={t('engines.remove')}
        >
          <p>{t('engines.removeText')}</p>
        </Confirm>
      )}
    </>
  )
}

/** The clock, for ages that grow while nothing is fetched. */
function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}
