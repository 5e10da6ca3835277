import { oneOf, pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'
import { GALLERY_STATUSES, type GalleryStatus } from './api'

export interface ModelSearch extends PageSearch {
  q?: string
  category_id?: string
  status?: GalleryStatus
}

export const validateModelSearch = (raw: RawSearch): ModelSearch => ({
  ...pageSearch(raw),
  q: text(raw, 'q'),
  category_id: text(raw, 'category_id'),
  status: oneOf(raw, 'status', GALLERY_STATUSES),
})
