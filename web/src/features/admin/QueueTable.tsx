import { QueueListIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Badge, DataTable, EmptyState, type Column } from '@/components/ui'
import type { Queue } from '@/lib/api'
import { algorithmsQuery } from '@/lib/api/orders'
import { number } from '@/lib/format'
import { localized, useLanguage } from '@/lib/i18n'
import { age } from './age'
import type { ShownQueues } from './QueueFigures'
import { grown } from './useNow'

/** What engines have that run uploaded models: nobody orders it by this name. */
const MODELS = 'onnx'

export function QueueTable({ queues, fetchedAt, now }: ShownQueues) {
  const { t } = useTranslation('admin')
  const oldest = (queue: Queue) => (queue.waiting > 0 ? age(grown(queue.oldest_seconds, fetchedAt, now)) : '—')
  const columns: Column<Queue>[] = [
    { key: 'name', header: t('queues.capability'), cell: (queue) => <Name queue={queue} />, className: 'w-full' },
    { key: 'waiting', header: t('queues.waiting'), align: 'right', cell: (queue) => number(queue.waiting) },
    {
      key: 'oldest',
      header: t('queues.oldest'),
      align: 'right',
      className: 'whitespace-nowrap',
      cell: oldest,
    },
    { key: 'running', header: t('queues.running'), align: 'right', cell: (queue) => number(queue.running) },
    { key: 'engines', header: t('queues.engines'), align: 'right', cell: (queue) => <Engines queue={queue} /> },
    { key: 'free', header: t('queues.free'), align: 'right', cell: (queue) => number(queue.free_slots) },
    {
      key: 'messages',
      header: t('queues.messages'),
      align: 'right',
      className: 'text-muted',
      cell: (queue) => (queue.messages === null ? '—' : number(queue.messages)),
    },
  ]
  return (
    <DataTable
      label={t('queues.capabilities')}
      columns={columns}
      rows={queues?.items}
      rowKey={(queue) => queue.name}
      skeletonRows={3}
      card={(queue) => (
        <div className="flex flex-col gap-1.5 px-4 py-3">
          <Name queue={queue} />
          <p className="tnum flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
            <span>
              {t('queues.waiting')} {number(queue.waiting)}
              {queue.waiting > 0 && ` · ${oldest(queue)}`}
            </span>
            <span>
              {t('queues.running')} {number(queue.running)}
            </span>
            <span>
              {t('queues.free')} {number(queue.free_slots)}
            </span>
            <Engines queue={queue} named />
          </p>
        </div>
      )}
      empty={
        <EmptyState icon={QueueListIcon} title={t('queues.emptyTitle')}>
          {t('queues.empty')}
        </EmptyState>
      }
    />
  )
}

/** The algorithm's title where it has one, and its name. */
function Name({ queue }: { queue: Queue }) {
  const { t } = useTranslation('admin')
  const { language } = useLanguage()
  const known = useQuery(algorithmsQuery).data?.items.find(({ name }) => name === queue.name)
  const title = known ? localized(known.title, language) : queue.name === MODELS ? t('queues.models') : null
  return (
    <p className="min-w-0">
      <span className="font-medium">{title ?? queue.name}</span>
      {title && <span className="ml-2 text-xs text-muted">{queue.name}</span>}
    </p>
  )
}

/** Work that waits while nobody is there to take it is what an administrator must see first. */
function Engines({ queue, named }: { queue: Queue; named?: boolean }) {
  const { t } = useTranslation('admin')
  if (queue.engines === 0 && queue.waiting > 0) return <Badge tone="red">{t('queues.noEngine')}</Badge>
  return (
    <span>
      {named && `${t('queues.engines')} `}
      {number(queue.engines)}
    </span>
  )
}
