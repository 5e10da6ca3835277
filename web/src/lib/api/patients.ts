import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import type {
  Access,
  AuditEntry,
  Grant,
  OwnAccount,
  Patient,
  PatientDetail,
  PatientStatistics,
  PatientWish,
  TimelineEntry,
  Verification,
  Visit,
  VisitStatus,
  VisitWish,
} from './patientTypes'
import type { Page } from './types'

export interface PageFilter extends Query {
  page?: number
  size?: number
}

export const patientsKey = ['patients'] as const
export const auditKey = ['audit'] as const

const path = (id: string) => `/patients/${encodeURIComponent(id)}`

/** A list under a record, page by page. */
const listOf =
  <T>(name: string) =>
  (id: string, filter: PageFilter) =>
    queryOptions({
      queryKey: [...patientsKey, 'record', id, name, filter],
      queryFn: ({ signal }) => api.get<Page<T>>(`${path(id)}/${name}`, { signal, query: filter }),
      placeholderData: keepPreviousData,
    })

export const patientsQuery = (filter: PageFilter & { q?: string; sex?: string; sort?: string }) =>
  queryOptions({
    queryKey: [...patientsKey, 'list', filter],
    queryFn: ({ signal }) => api.get<Page<Patient>>('/patients', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export const patientStatisticsQuery = queryOptions({
  queryKey: [...patientsKey, 'statistics'],
  queryFn: ({ signal }) => api.get<PatientStatistics>('/patients/statistics', { signal }),
})

export const patientQuery = (id: string) =>
  queryOptions({
    queryKey: [...patientsKey, 'record', id],
    queryFn: ({ signal }) => api.get<PatientDetail>(path(id), { signal }),
  })

export const visitsQuery = listOf<Visit>('visits')
export const timelineQuery = listOf<TimelineEntry>('timeline')
export const accessesQuery = listOf<Access>('accesses')

export const grantsQuery = (id: string) =>
  queryOptions({
    queryKey: [...patientsKey, 'record', id, 'grants'],
    queryFn: ({ signal }) => api.get<Grant[]>(`${path(id)}/grants`, { signal }),
  })

export const accountsQuery = (id: string) =>
  queryOptions({
    queryKey: [...patientsKey, 'record', id, 'users'],
    queryFn: ({ signal }) => api.get<OwnAccount[]>(`${path(id)}/users`, { signal }),
  })

export const createPatient = (body: PatientWish) => api.post<PatientDetail>('/patients', { body })
export const changePatient = (id: string, body: PatientWish) => api.put<PatientDetail>(path(id), { body })
export const revealIdNumber = (id: string, reason: string) =>
  api.post<{ id_number: string }>(`${path(id)}/reveal`, { body: { reason } })
export const mergePatient = (id: string, into: string, reason: string) =>
  api.post<PatientDetail>(`${path(id)}/merge`, { body: { into, reason } })
export const unmergePatient = (id: string) => api.post<PatientDetail>(`${path(id)}/unmerge`)
export const grantRecord = (id: string, body: { user: string; expires_at: string; reason: string }) =>
  api.post<Grant>(`${path(id)}/grants`, { body })
export const revokeGrant = (id: string, grant: string) => api.delete(`${path(id)}/grants/${encodeURIComponent(grant)}`)
export const linkAccount = (id: string, user: string) => api.post<OwnAccount>(`${path(id)}/users`, { body: { user } })
export const unlinkAccount = (id: string, user: string) => api.delete(`${path(id)}/users/${encodeURIComponent(user)}`)
export const breakGlass = (body: { mrn: string; issuer?: string; reason: string }) =>
  api.post<{ patient_id: string; expires_at: string }>('/patients/break-glass', { body })
export const createVisit = (id: string, body: VisitWish) => api.post<Visit>(`${path(id)}/visits`, { body })
export const setVisitStatus = (visit: string, status: VisitStatus) =>
  api.put<Visit>(`/visits/${encodeURIComponent(visit)}`, { body: { status } })

export interface AuditFilter extends PageFilter {
  who?: string
  action?: string
  outcome?: string
  patient_id?: string
  since?: string
  until?: string
}

export const auditQuery = (filter: AuditFilter) =>
  queryOptions({
    queryKey: [...auditKey, filter],
    queryFn: ({ signal }) => api.get<Page<AuditEntry>>('/admin/audit', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export const verifyAudit = () => api.get<Verification>('/admin/audit/verify')
