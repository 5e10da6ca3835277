import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import type { Page, Study, StudyDetail } from './types'

export interface StudyFilter extends Query {
  page?: number
  size?: number
  q?: string
  modality?: string
  date_from?: string
  date_to?: string
  patient_id?: string
  sort?: string
}

/** DICOM DA: `2026-01-31` is `20260131`. */
const dicomDate = (day: string | undefined) => day?.replaceAll('-', '')

export const studiesKey = ['studies'] as const

export const studiesQuery = (filter: StudyFilter) =>
  queryOptions({
    queryKey: [...studiesKey, 'list', filter],
    queryFn: ({ signal }) =>
      api.get<Page<Study>>('/studies', {
        signal,
        query: { ...filter, date_from: dicomDate(filter.date_from), date_to: dicomDate(filter.date_to) },
      }),
    placeholderData: keepPreviousData,
  })

export const studyQuery = (uid: string) =>
  queryOptions({
    queryKey: [...studiesKey, 'detail', uid],
    queryFn: ({ signal }) => api.get<StudyDetail>(`/studies/${encodeURIComponent(uid)}`, { signal }),
  })
