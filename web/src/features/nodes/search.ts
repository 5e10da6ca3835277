import { pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export const validateNodeSearch = (raw: RawSearch): PageSearch => pageSearch(raw)

/** What is looked for on a node. */
export interface FindSearch {
  name?: string
  patient_id?: string
  accession?: string
  from?: string
  to?: string
  modality?: string
}

export const validateFindSearch = (raw: RawSearch): FindSearch => ({
  name: text(raw, 'name'),
  patient_id: text(raw, 'patient_id'),
  accession: text(raw, 'accession'),
  from: text(raw, 'from'),
  to: text(raw, 'to'),
  modality: text(raw, 'modality'),
})
