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
  sort?: string
}

export const studiesKey = ['studies'] as const

export const studiesQuery = (filter: StudyFilter) =>
  queryOptions({
    queryKey: [...studiesKey, 'list', filter],
    queryFn: ({ signal }) => api.get<Page<Study>>('/studies', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export const studyQuery = (uid: string) =>
  queryOptions({
    queryKey: [...studiesKey, 'detail', uid],
    queryFn: ({ signal }) => api.get<StudyDetail>(`/studies/${encodeURIComponent(uid)}`, { signal }),
  })
