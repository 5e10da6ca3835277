import { pageSearch, type PageSearch, type RawSearch } from '@/lib/search'

export const validateNodeSearch = (raw: RawSearch): PageSearch => pageSearch(raw)
