import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { once } from './once'
import type { Algorithm, OrderReceipt, Page, Upload } from './types'

export const algorithmsQuery = queryOptions({
  queryKey: ['algorithms'],
  queryFn: ({ signal }) => api.get<{ items: Algorithm[] }>('/algorithms', { signal }),
  staleTime: 60_000,
})

export const uploadsKey = ['uploads'] as const
export const uploadKey = (id: string) => [...uploadsKey, 'detail', id] as const

export const uploadsQuery = queryOptions({
  queryKey: [...uploadsKey, 'list'],
  queryFn: async ({ signal }) => {
    const answer = await api.get<Page<Upload> | Upload[]>('/uploads', { signal, query: { size: 100 } })
    return Array.isArray(answer) ? answer : answer.items
  },
})

export const uploadQuery = (id: string) =>
  queryOptions({
    queryKey: uploadKey(id),
    queryFn: ({ signal }) => api.get<Upload>(`/uploads/${encodeURIComponent(id)}`, { signal }),
  })

export interface Order {
  task_type: string
  name: string
  parameters: Record<string, unknown>
}

export function orderFromUpload(uploadId: string, order: Order) {
  const form = new FormData()
  form.set('upload_id', uploadId)
  form.set('task_type', order.task_type)
  form.set('parameters', JSON.stringify(order.parameters))
  if (order.name) form.set('model_name', order.name)
  return once([uploadId, order], (idempotencyKey) =>
    api.post<OrderReceipt>('/files/upload', { body: form, idempotencyKey }),
  )
}

export interface SeriesSource {
  study_uid: string
  series_uid?: string
}

export const orderFromStudy = (source: SeriesSource, order: Order) =>
  once([source, order], (idempotencyKey) =>
    api.post<OrderReceipt>('/tasks', { body: { ...source, ...order }, idempotencyKey }),
  )
