import { oneOf, pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export interface UserSearch extends PageSearch {
  q?: string
}

export const validateUserSearch = (raw: RawSearch): UserSearch => ({ ...pageSearch(raw), q: text(raw, 'q') })

export interface QueueSearch extends PageSearch {
  letters?: 'redriven'
}

export const validateQueueSearch = (raw: RawSearch): QueueSearch => ({
  ...pageSearch(raw),
  letters: oneOf(raw, 'letters', ['redriven']),
})
