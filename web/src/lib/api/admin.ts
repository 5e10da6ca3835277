import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import type { Engine, EngineToken, NewEngineToken } from './fleetTypes'
import type { ClinicalRole, ConfigEntry, Page, Tier, User, UserStatus } from './types'

export interface UserFilter extends Query {
  page?: number
  size?: number
  q?: string
}

export const usersKey = ['users'] as const
export const enginesKey = ['engines'] as const
export const engineTokensKey = ['engine-tokens'] as const
export const configsKey = ['configs'] as const

export const usersQuery = (filter: UserFilter) =>
  queryOptions({
    queryKey: [...usersKey, filter],
    queryFn: ({ signal }) => api.get<Page<User>>('/users', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export interface NewSubAccount {
  username: string
  password: string
  email?: string
  clinical_role?: ClinicalRole
}

const user = (id: string) => `/users/${encodeURIComponent(id)}`

export const createSubAccount = (body: NewSubAccount) => api.post<User>('/users/sub-accounts', { body })
export const setUserStatus = (id: string, status: UserStatus) =>
  api.put<void>(`${user(id)}/status`, { body: { status } })
export const setUserRoles = (id: string, body: { tier?: Tier; clinical_role?: ClinicalRole }) =>
  api.put<void>(`${user(id)}/roles`, { body })

/** Lists without pages, whether or not the platform wraps them in one. */
async function all<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const answer = await api.get<T[] | { items: T[] }>(path, { signal, query: { size: 100 } })
  return Array.isArray(answer) ? answer : answer.items
}

export const enginesQuery = queryOptions({
  queryKey: enginesKey,
  queryFn: ({ signal }) => all<Engine>('/engines', signal),
})

export const engineTokensQuery = queryOptions({
  queryKey: engineTokensKey,
  queryFn: ({ signal }) => all<EngineToken>('/engines/tokens', signal),
})

export const configsQuery = queryOptions({
  queryKey: configsKey,
  queryFn: ({ signal }) => all<ConfigEntry>('/admin/configs', signal),
})

const engine = (id: string) => `/engines/${encodeURIComponent(id)}`

export const drainEngine = (id: string, drain: boolean) => api.put<void>(`${engine(id)}/drain`, { body: { drain } })
export const removeEngine = (id: string) => api.delete(engine(id))
export const createEngineToken = (name: string) => api.post<NewEngineToken>('/engines/tokens', { body: { name } })
export const revokeEngineToken = (id: string) => api.delete(`/engines/tokens/${encodeURIComponent(id)}`)
export const setConfig = (key: string, value: unknown) =>
  api.put<void>(`/admin/configs/${encodeURIComponent(key)}`, { body: { value } })
