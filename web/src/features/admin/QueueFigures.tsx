import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Skeleton } from '@/components/ui'
import type { Queues } from '@/lib/api'
import { cn } from '@/lib/cn'
import { number } from '@/lib/format'
import { age } from './age'
import { grown } from './useNow'

export interface ShownQueues {
  queues: Queues | undefined
  fetchedAt: number
  now: number
}

/** The few numbers that say whether work flows. */
export function QueueFigures({ queues, fetchedAt, now }: ShownQueues) {
  const { t } = useTranslation('admin')
  const lines = queues?.items ?? []
  const sum = (of: (line: Queues['items'][number]) => number) => lines.reduce((total, line) => total + of(line), 0)
  const oldest = Math.max(0, ...lines.map((line) => line.oldest_seconds))
  const since = (seconds: number) => t('queues.oldestIs', { time: age(grown(seconds, fetchedAt, now)) })
  const waiting = sum((line) => line.waiting)
  return (
    <dl
      aria-busy={!queues}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-md border border-line bg-line shadow-card lg:grid-cols-5"
    >
      <Figure name={t('queues.waiting')} value={queues && number(waiting)} note={waiting > 0 && since(oldest)} />
      <Figure
        name={t('queues.running')}
        value={queues && number(sum((line) => line.running))}
        note={t('queues.runningNote')}
      />
      <Figure
        name={t('queues.jobs')}
        value={queues && (queues.jobs_waiting === null ? '—' : number(queues.jobs_waiting))}
        note={t('queues.jobsNote')}
      />
      <Figure
        name={t('queues.outbox')}
        value={queues && number(queues.outbox_waiting)}
        note={queues && queues.outbox_waiting > 0 ? since(queues.outbox_oldest_seconds) : t('queues.outboxNote')}
      />
      <Figure
        name={t('queues.givenUp')}
        value={queues && number(queues.dead_letters)}
        note={t(queues && queues.dead_letters > 0 ? 'queues.givenUpSome' : 'queues.givenUpNone')}
        alarming={Boolean(queues?.dead_letters)}
        className="col-span-2 lg:col-span-1"
      />
    </dl>
  )
}

interface FigureProps {
  name: string
  value: string | undefined
  note?: ReactNode
  alarming?: boolean
  className?: string
}

function Figure({ name, value, note, alarming, className }: FigureProps) {
  return (
    <div className={cn('flex flex-col bg-surface px-4 py-3', className)}>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="flex flex-col">
        <span className={cn('tnum text-xl font-semibold', alarming && 'text-red-text')}>
          {value ?? <Skeleton className="my-1.5 w-10" />}
        </span>
        <span className="tnum min-h-4 text-xs text-muted">{note}</span>
      </dd>
    </div>
  )
}
