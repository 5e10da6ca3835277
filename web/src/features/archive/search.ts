import { oneOf, pageSearch, type PageSearch, type RawSearch } from '@/lib/search'

export const TABS = ['exports', 'trash', 'retention', 'storage'] as const
export type Tab = (typeof TABS)[number]

export interface ArchiveSearch extends PageSearch {
  tab?: Tab
}

export const validateArchiveSearch = (raw: RawSearch): ArchiveSearch => ({
  ...pageSearch(raw),
  tab: oneOf(raw, 'tab', TABS),
})

export const RUN_STATES = ['PENDING', 'DONE', 'FAILED'] as const
export type RunState = (typeof RUN_STATES)[number]

export interface RuleSearch extends PageSearch {
  state?: RunState
}

export const validateRuleSearch = (raw: RawSearch): RuleSearch => ({
  ...pageSearch(raw),
  state: oneOf(raw, 'state', RUN_STATES),
})
