import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { TaskEvent } from '@/lib/api'
import { profileQuery } from '@/lib/api/account'

/** The platform records why in plain words; these are the ones it uses, so that both languages can say them. */
const REASONS = [
  { pattern: /^ordered$/, key: 'ordered' },
  { pattern: /^ordered again$/, key: 'orderedAgain' },
  { pattern: /^images checked$/, key: 'imagesChecked' },
  { pattern: /^engine (?<engine>\S+)$/, key: 'chosen' },
  { pattern: /^no engine is there/, key: 'noEngine' },
  { pattern: /^claimed$/, key: 'claimed' },
  { pattern: /^cancelled$/, key: 'cancelled' },
  { pattern: /^not started in time$/, key: 'notStarted' },
  { pattern: /^took too long$/, key: 'tooLong' },
  { pattern: /^engine (?<engine>\S+) fell silent$/, key: 'silent' },
  { pattern: /^engine (?<engine>\S+) restarted$/, key: 'restarted' },
] as const

export function useEventText() {
  const { t } = useTranslation('tasks')
  const me = useQuery(profileQuery).data?.user_id

  const actor = (text: string | null) => {
    const [kind = '', id = ''] = (text ?? '').split(':')
    if (kind === 'user') return id === me ? t('actor.you') : t('actor.user')
    if (kind === 'engine') return t('actor.engine', { engine: id })
    return text ? t('actor.platform') : null
  }
  const reason = (text: string | null) => {
    for (const { pattern, key } of REASONS) {
      const match = pattern.exec(text ?? '')
      if (match) return t(`reason.${key}`, { engine: match.groups?.engine })
    }
    // A code stands for what is said in full above the timeline.
    return /^[A-Z]+(_[A-Z]+)*$/.test(text ?? '') ? null : text
  }
  return (event: TaskEvent) =>
    [actor(event.actor), reason(event.reason), event.attempt > 1 && t('attemptNo', { attempt: event.attempt })]
      .filter(Boolean)
      .join(' · ')
}
