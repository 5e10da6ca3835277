import { oneOf, pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export const STUDY_SORTS = ['-created_at', 'created_at', '-study_date', 'study_date', 'name', '-name'] as const
export type StudySort = (typeof STUDY_SORTS)[number]

export interface StudySearch extends PageSearch {
  q?: string
  modality?: string
  date_from?: string
  date_to?: string
  sort?: StudySort
}

export const validateStudySearch = (raw: RawSearch): StudySearch => ({
  ...pageSearch(raw),
  q: text(raw, 'q'),
  modality: text(raw, 'modality'),
  date_from: text(raw, 'date_from'),
  date_to: text(raw, 'date_to'),
  sort: oneOf(raw, 'sort', STUDY_SORTS),
})
