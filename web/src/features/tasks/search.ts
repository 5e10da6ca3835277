import { TASK_STATUSES, type TaskStatus } from '@/lib/api/types'
import { oneOf, pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export const TASK_SORTS = ['-created_at', 'created_at', 'name', 'status'] as const

export interface TaskSearch extends PageSearch {
  q?: string
  status?: TaskStatus
  type?: string
  sort?: (typeof TASK_SORTS)[number]
}

export const validateTaskSearch = (raw: RawSearch): TaskSearch => ({
  ...pageSearch(raw),
  q: text(raw, 'q'),
  status: oneOf(raw, 'status', TASK_STATUSES),
  type: text(raw, 'type'),
  sort: oneOf(raw, 'sort', TASK_SORTS),
})
