import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Progress } from '@/components/ui'
import type { Engine } from '@/lib/api'
import { bytes, number } from '@/lib/format'
import { age } from './age'

const SHOWN = 4
const MEGA = 1_000_000

/** How much of what an engine takes at once it holds now. */
export function EngineLoad({ engine }: { engine: Engine }) {
  const { t } = useTranslation('admin')
  return (
    <Gauge
      name={t('engines.tasks')}
      label={t('engines.loadOf', { engine: engine.engine_id })}
      share={engine.current_load / Math.max(1, engine.capacity)}
      text={t('engines.loadIs', { load: number(engine.current_load), capacity: number(engine.capacity) })}
    />
  )
}

export function EngineMemory({ engine }: { engine: Engine }) {
  const { t } = useTranslation('admin')
  if (engine.memory_mb === null)
    return (
      <p className="flex min-h-5 items-center gap-2 text-xs text-muted">
        <Name>{t('engines.memory')}</Name>
        {t('engines.memoryUnknown')}
      </p>
    )
  const used = bytes(engine.memory_used_mb * MEGA)
  return (
    <Gauge
      name={t('engines.memory')}
      label={t('engines.memoryOf', { engine: engine.engine_id })}
      share={engine.memory_used_mb / engine.memory_mb}
      text={t('engines.memoryIs', { used, all: bytes(engine.memory_mb * MEGA) })}
    />
  )
}

/** What a bar shows; where there are columns their headers say it. */
const Name = ({ children }: { children: string }) => <span className="w-16 shrink-0 md:hidden">{children}</span>

function Gauge({ name, label, share, text }: { name: string; label: string; share: number; text: string }) {
  return (
    <div className="flex min-h-5 items-center gap-2 text-xs text-muted">
      <Name>{name}</Name>
      <Progress value={share * 100} label={label} className="min-w-12 max-w-40" />
      <span className="tnum shrink-0 whitespace-nowrap">{text}</span>
    </div>
  )
}

/** The tasks an engine holds, and the last one that failed on it. */
export function EngineWork({ engine, now }: { engine: Engine; now: number }) {
  const { t } = useTranslation(['admin', 'tasks'])
  const { tasks, tasks_of_others: others, last_failure: failure } = engine
  const hidden = Math.max(0, tasks.length - SHOWN)
  if (tasks.length + others === 0 && !failure) return null
  return (
    <ul className="mt-1 flex flex-col gap-0.5 text-xs">
      {tasks.slice(0, SHOWN).map((task) => (
        <li key={task.task_id} className="flex items-baseline gap-2">
          <TaskLink id={task.task_id} order={task.order_no} />
          <span className="tnum truncate text-muted">
            {task.status === 'IN_PROGRESS' ? `${number(task.progress)} %` : t(`tasks:status.${task.status}`)}
          </span>
        </li>
      ))}
      {hidden > 0 && <li className="text-muted">{t('engines.more', { count: hidden })}</li>}
      {others > 0 && <li className="text-muted">{t('engines.ofOthers', { count: others })}</li>}
      {failure && (
        <li className="text-red-text">
          {t('engines.lastFailure', {
            code: failure.code,
            time: age(Math.max(0, (now - Date.parse(failure.at)) / 1000)),
          })}
          {failure.order_no && <span className="tnum text-muted"> · {failure.order_no}</span>}
        </li>
      )}
    </ul>
  )
}

function TaskLink({ id, order }: { id: string; order: string }) {
  return (
    <Link
      to="/tasks/$taskId"
      params={{ taskId: id }}
      className="tnum shrink-0 rounded-sm hover:text-blue-text hover:underline"
    >
      {order}
    </Link>
  )
}
