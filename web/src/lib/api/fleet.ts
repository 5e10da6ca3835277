import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import type { DeadLetter, Queues } from './fleetTypes'
import type { Page } from './types'

/** The room in which administrators hear that engines or queues have changed. */
export const FLEET_ROOM = 'admin:engines'

export const queuesKey = ['queues'] as const

export const queuesQuery = queryOptions({
  queryKey: [...queuesKey, 'depths'],
  queryFn: ({ signal }) => api.get<Queues>('/admin/queues', { signal }),
})

export interface LetterFilter extends Query {
  page: number
  size: number
  redriven: boolean
}

export const deadLettersQuery = (filter: LetterFilter) =>
  queryOptions({
    queryKey: [...queuesKey, 'letters', filter],
    queryFn: ({ signal }) => api.get<Page<DeadLetter>>('/admin/queues/dead-letters', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export const redriveLetter = (id: number) => api.post<DeadLetter>(`/admin/queues/dead-letters/${id}/redrive`)
