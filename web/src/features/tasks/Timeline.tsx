import { useTranslation } from 'react-i18next'
import { TASK_TONE } from '@/components/taskTone'
import { Card, CardHeader, Dot } from '@/components/ui'
import type { Task } from '@/lib/api'
import { dateTime, shortDateTime } from '@/lib/format'
import { useEventText } from './eventText'

/** Every change of state: who, when, why. Newest first. */
export function Timeline({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const eventText = useEventText(task)
  const { events } = task
  if (events.length === 0) return null
  const newestFirst = [...events].reverse()
  return (
    <Card>
      <CardHeader title={t('timeline')} />
      <ol className="px-4 py-3">
        {newestFirst.map((event, i) => (
          <li key={events.length - i} className="relative flex gap-3 pb-4 last:pb-0">
            {i < newestFirst.length - 1 && (
              <span aria-hidden className="absolute top-4 bottom-0 left-[3.5px] w-px bg-line-strong" />
            )}
            <Dot tone={TASK_TONE[event.to]} className="mt-1.5 size-2" />
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap justify-between gap-x-3">
                <span className="font-medium">{t(`status.${event.to}`)}</span>
                <time dateTime={event.at} title={dateTime(event.at)} className="tnum text-xs text-muted">
                  {shortDateTime(event.at)}
                </time>
              </p>
              <p className="text-xs break-words text-muted">{eventText(event)}</p>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  )
}
