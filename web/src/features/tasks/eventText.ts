import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Task, TaskEvent } from '@/lib/api'
import { profileQuery } from '@/lib/api/account'

/** Who changed the task, and why, as the platform words it. */
export function useEventText(task: Task): (event: TaskEvent) => string {
  const { t } = useTranslation('tasks')
  const me = useQuery(profileQuery).data?.user_id

  const actor = (text: string) => {
    const [kind = '', id = ''] = text.split(':')
    if (kind === 'user') return id === me ? t('actor.you') : t('actor.user')
    if (kind === 'engine') return t('actor.engine', { engine: id })
    return text ? t('actor.platform') : null
  }
  // Why it failed is said in full above the timeline.
  const reason = (event: TaskEvent) => (event.reason === task.error_message ? null : event.reason)
  return (event) =>
    [actor(event.actor), reason(event), event.attempt > 1 && t('attemptNo', { attempt: event.attempt })]
      .filter(Boolean)
      .join(' · ')
}
