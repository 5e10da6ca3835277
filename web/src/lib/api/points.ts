import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import { once } from './once'
import type { Balance, Operation, Page, Transaction, Unit } from './types'

export const pointsKey = ['points'] as const

export const balanceQuery = queryOptions({
  queryKey: [...pointsKey, 'balance'],
  queryFn: ({ signal }) => api.get<Balance>('/points/balance', { signal }),
  staleTime: 30_000,
})

export interface TransactionFilter extends Query {
  page?: number
  size?: number
  unit?: Unit
  type?: Operation
}

export const transactionsQuery = (filter: TransactionFilter) =>
  queryOptions({
    queryKey: [...pointsKey, 'transactions', filter],
    queryFn: ({ signal }) => api.get<Page<Transaction>>('/points/transactions', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

const HOLDING: Record<Unit, keyof Balance> = { POINT_LOW: 'low', POINT_HIGH: 'high', MEMBER_CREDIT: 'credits' }

export function available(balance: Balance | undefined, unit: Unit): number {
  return balance?.[HOLDING[unit]].available ?? 0
}

export interface Allocation {
  sub_user_id: string
  point_type: Unit
  points: number
}

export const allocatePoints = (body: Allocation) =>
  once(body, (idempotencyKey) => api.post<void>('/points/allocate', { body, idempotencyKey }))

export interface Adjustment {
  quota_type: Unit
  delta: number
  reason: string
}

export const adjustQuota = (userId: string, body: Adjustment) =>
  once([userId, body], (idempotencyKey) =>
    api.put<void>(`/admin/quotas/users/${encodeURIComponent(userId)}/adjust`, { body, idempotencyKey }),
  )
