import { useTranslation } from 'react-i18next'
import type { Access } from '@/lib/api'
import type { Tone } from './ui'

export const OUTCOME_TONES: Record<Access['outcome'], Tone> = { success: 'green', denied: 'red', failed: 'amber' }

/** `study.read` in words. What no word is known for stays as it is: rooms may note more than this page knows. */
export function useActionWord(): (action: string) => string {
  const { t, i18n } = useTranslation('audit')
  return (action) => {
    const key = `actions.${action.replace('.', '_')}`
    return i18n.exists(key, { ns: 'audit' }) ? t(key as 'actions.study_read') : action
  }
}

/** Who it was: a person's name with their role, or what kind of thing. */
export function useActorWord(): (row: Pick<Access, 'actor_name' | 'actor_roles' | 'actor_kind'>) => string {
  const { t, i18n } = useTranslation('audit')
  return ({ actor_name, actor_roles, actor_kind }) => {
    const role = actor_roles.split(' ').at(-1) ?? ''
    const key = role && i18n.exists(`roles.${role}`, { ns: 'audit' }) ? `roles.${role}` : ''
    const kind = `kinds.${actor_kind}`
    const what = key || (actor_kind !== 'user' && i18n.exists(kind, { ns: 'audit' }) ? kind : '')
    return [actor_name, what && t(what as 'roles.DOCTOR')].filter(Boolean).join(' · ')
  }
}
