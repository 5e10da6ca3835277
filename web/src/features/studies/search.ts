import { pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export interface StudySearch extends PageSearch {
  q?: string
  modality?: string
  date_from?: string
  date_to?: string
  sort?: string
}

export const validateStudySearch = (raw: RawSearch): StudySearch => ({
  ...pageSearch(raw),
  q: text(raw, 'q'),
  modality: text(raw, 'modality'),
  date_from: text(raw, 'date_from'),
  date_to: text(raw, 'date_to'),
  sort: text(raw, 'sort'),
})
