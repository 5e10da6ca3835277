import { oneOf, pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export interface UserSearch extends PageSearch {
  q?: string
}

export const validateUserSearch = (raw: RawSearch): UserSearch => ({ ...pageSearch(raw), q: text(raw, 'q') })

export const OUTCOMES = ['success', 'denied', 'failed'] as const

export interface AuditSearch extends PageSearch {
  who?: string
  action?: string
  outcome?: (typeof OUTCOMES)[number]
  patient_id?: string
  since?: string
  until?: string
}

export const validateAuditSearch = (raw: RawSearch): AuditSearch => ({
  ...pageSearch(raw),
  who: text(raw, 'who'),
  action: text(raw, 'action'),
  outcome: oneOf(raw, 'outcome', OUTCOMES),
  patient_id: text(raw, 'patient_id'),
  since: text(raw, 'since'),
  until: text(raw, 'until'),
})

export interface QueueSearch extends PageSearch {
  letters?: 'redriven'
}

export const validateQueueSearch = (raw: RawSearch): QueueSearch => ({
  ...pageSearch(raw),
  letters: oneOf(raw, 'letters', ['redriven']),
})
