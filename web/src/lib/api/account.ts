import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Page, Profile, ProfileChange, Session, SystemInfo } from './types'

export const systemInfoQuery = queryOptions({
  queryKey: ['system', 'info'],
  queryFn: ({ signal }) => api.get<SystemInfo>('/system/info', { signal }),
  staleTime: 10 * 60_000,
})

export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: ({ signal }) => api.get<Profile>('/users/profile', { signal }),
  staleTime: 5 * 60_000,
})

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => api.get<Page<Session>>('/users/sessions', { signal, query: { size: 100 } }),
})

export const updateProfile = (change: ProfileChange) => api.put<Profile | void>('/users/profile', { body: change })
export const revokeSession = (id: string) => api.delete(`/users/sessions/${encodeURIComponent(id)}`)

export interface Registration {
  username: string
  password: string
  email?: string
  phone?: string
}

export const register = (body: Registration) =>
  api.post<{ user_id: string; username: string }>('/users/register', { body })
