import { oneOf, pageSearch, text, type PageSearch, type RawSearch } from '@/lib/search'

export const PATIENT_SORTS = ['-created_at', 'created_at', 'name', '-name', 'mrn', '-mrn'] as const
export type PatientSort = (typeof PATIENT_SORTS)[number]

export interface PatientSearch extends PageSearch {
  q?: string
  sex?: 'M' | 'F' | 'O'
  sort?: PatientSort
}

export const validatePatientSearch = (raw: RawSearch): PatientSearch => ({
  ...pageSearch(raw),
  q: text(raw, 'q'),
  sex: oneOf(raw, 'sex', ['M', 'F', 'O']),
  sort: oneOf(raw, 'sort', PATIENT_SORTS),
})
