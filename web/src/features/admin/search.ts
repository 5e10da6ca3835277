import { pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export interface UserSearch extends PageSearch {
  q?: string
}

export const validateUserSearch = (raw: RawSearch): UserSearch => ({ ...pageSearch(raw), q: text(raw, 'q') })
