import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import type { Balance, Page, Transaction, Unit } from './types'

export const pointsKey = ['points'] as const

export const balanceQuery = queryOptions({
  queryKey: [...pointsKey, 'balance'],
  queryFn: ({ signal }) => api.get<Balance>('/points/balance', { signal }),
  staleTime: 30_000,
})

export interface TransactionFilter extends Query {
  page?: number
  size?: number
  unit?: string
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

export const allocatePoints = (
  body: { sub_user_id: string; point_type: Unit; points: number },
  idempotencyKey: string,
) => api.post<void>('/points/allocate', { body, idempotencyKey })

export const adjustQuota = (
  userId: string,
  body: { quota_type: Unit; delta: number; reason: string },
  idempotencyKey: string,
) => api.put<void>(`/admin/quotas/users/${encodeURIComponent(userId)}/adjust`, { body, idempotencyKey })
