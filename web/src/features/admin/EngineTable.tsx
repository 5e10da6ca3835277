import { CpuChipIcon } from '@heroicons/react/24/solid'
import { useTranslation } from 'react-i18next'
import { Badge, Button, DataTable, EmptyState, type Column } from '@/components/ui'
import type { Engine } from '@/lib/api'
import { age } from './age'
import type { EngineChange } from './EngineConfirm'
import { EngineLoad, EngineMemory, EngineWork } from './EngineWork'
import { ENGINE_TONE } from './engineTone'
import { grown, useNow } from './useNow'

export interface EngineTableProps {
  query: { data?: Engine[]; error: unknown; dataUpdatedAt: number; refetch: () => unknown }
  /** Absent where the reader may not change engines. */
  onAsk?: (engine: Engine, change: EngineChange) => void
}

const TOP = 'align-top pt-2.5 pb-2.5'

export function EngineTable({ query, onAsk }: EngineTableProps) {
  const { t } = useTranslation(['admin', 'common'])
  const now = useNow()
  const heard = (engine: Engine) =>
    t('engines.ago', { time: age(grown(engine.heartbeat_age_s, query.dataUpdatedAt, now)) })
  const status = (engine: Engine) => (
    <Badge tone={ENGINE_TONE[engine.status]} dot active={engine.status === 'BUSY'}>
      {t(`engineStatus.${engine.status}`)}
    </Badge>
  )
  const actions = (engine: Engine) =>
    onAsk && (
      <div className="flex gap-1 md:justify-end">
        <Button
          size="sm"
          aria-label={t(engine.draining ? 'engines.resumeOf' : 'engines.drainOf', { engine: engine.engine_id })}
          onClick={() => onAsk(engine, engine.draining ? 'resume' : 'drain')}
        >
          {t(engine.draining ? 'engines.resume' : 'engines.drain')}
        </Button>
        <Button
          size="sm"
          variant="dangerQuiet"
          aria-label={t('engines.removeOf', { engine: engine.engine_id })}
          onClick={() => onAsk(engine, 'remove')}
        >
          {t('engines.remove')}
        </Button>
      </div>
    )
  const columns: Column<Engine>[] = [
    {
      key: 'id',
      header: t('engines.id'),
      className: `${TOP} min-w-44 max-w-72`,
      cell: (engine) => (
        <>
          <p className="font-medium break-words">{engine.engine_id}</p>
          <p className="text-xs break-words text-muted">{engine.hostname}</p>
        </>
      ),
    },
    { key: 'status', header: t('users.status'), cell: status, className: TOP },
    {
      key: 'heartbeat',
      header: t('engines.heartbeat'),
      cell: heard,
      className: `${TOP} tnum min-w-24 whitespace-nowrap text-muted`,
    },
    {
      key: 'tasks',
      header: t('engines.tasks'),
      className: `${TOP} w-72 min-w-56`,
      cell: (engine) => (
        <>
          <EngineLoad engine={engine} />
          <EngineWork engine={engine} now={now} />
        </>
      ),
    },
    {
      key: 'memory',
      header: t('engines.memory'),
      cell: (engine) => <EngineMemory engine={engine} />,
      className: `${TOP} w-44 min-w-32`,
    },
    {
      key: 'algorithms',
      header: t('engines.algorithms'),
      cell: (engine) => <Algorithms engine={engine} />,
      className: `${TOP} w-full min-w-40`,
    },
    { key: 'actions', header: t('common:list.actions'), quiet: true, cell: actions, className: 'w-0 align-top pt-1.5' },
  ]
  return (
    <DataTable
      label={t('engines.registered')}
      columns={columns}
      rows={query.data}
      rowKey={(engine) => engine.engine_id}
      skeletonRows={3}
      card={(engine) => (
        <div className="flex flex-col gap-2.5 px-4 py-3">
          <div className="flex items-start justify-between gap-3">
            <div className="min-w-0">
              <p className="font-medium break-all">{engine.engine_id}</p>
              <p className="text-xs break-all text-muted">
                {engine.hostname} · <span className="tnum">{heard(engine)}</span>
              </p>
            </div>
            {status(engine)}
          </div>
          <EngineLoad engine={engine} />
          <EngineMemory engine={engine} />
          <EngineWork engine={engine} now={now} />
          <Algorithms engine={engine} />
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
  )
}

function Algorithms({ engine }: { engine: Engine }) {
  return (
    <ul className="flex flex-wrap gap-1">
      {engine.supported_algorithms.map(({ name, version }) => (
        <li key={name} className="max-w-full">
          <Badge>{[name, version].filter(Boolean).join(' ')}</Badge>
        </li>
      ))}
    </ul>
  )
}
