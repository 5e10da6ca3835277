import { text, type RawSearch } from '@/lib/search'

export interface OrderSearch {
  study_uid?: string
  series_uid?: string
}

export const validateOrderSearch = (raw: RawSearch): OrderSearch => ({
  study_uid: text(raw, 'study_uid'),
  series_uid: text(raw, 'series_uid'),
})
