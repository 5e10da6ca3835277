import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, apiUrl, type Query } from './client'
import { sendForm, type Progress } from './form'
import type { AlgorithmChange, ManagedAlgorithm, ManagedAlgorithms, ModelVersion, ShadowRun } from './algorithmTypes'
import type { Page, Unit } from './types'

export const managedAlgorithmsKey = ['managed-algorithms'] as const

export const managedAlgorithmsQuery = queryOptions({
  queryKey: [...managedAlgorithmsKey, 'list'],
  queryFn: ({ signal }) => api.get<ManagedAlgorithms>('/admin/algorithms', { signal }),
})

interface Paging extends Query {
  page: number
  size: number
}

export const changesQuery = (name: string, paging: Paging) =>
  queryOptions({
    queryKey: [...managedAlgorithmsKey, 'changes', name, paging],
    queryFn: ({ signal }) => api.get<Page<AlgorithmChange>>(`${algorithm(name)}/changes`, { signal, query: paging }),
    placeholderData: keepPreviousData,
  })

export const shadowsQuery = (name: string, paging: Paging) =>
  queryOptions({
    queryKey: [...managedAlgorithmsKey, 'shadows', name, paging],
    queryFn: ({ signal }) => api.get<Page<ShadowRun>>(`${algorithm(name)}/shadows`, { signal, query: paging }),
    placeholderData: keepPreviousData,
  })

const algorithm = (name: string) => `/admin/algorithms/${encodeURIComponent(name)}`

export interface AlgorithmWish {
  enabled?: boolean
  /** Null: the price of what has none of its own. */
  price?: { amount: number; units: Unit[] } | null
}

export const changeAlgorithm = (name: string, body: AlgorithmWish) =>
  api.put<ManagedAlgorithm>(algorithm(name), { body })

export interface VersionWish {
  state?: 'ENABLED' | 'DISABLED'
  canary_percent?: number
  shadow?: boolean
}

export const changeVersion = (name: string, version: string, body: VersionWish) =>
  api.put<ManagedAlgorithm>(`${algorithm(name)}/versions/${encodeURIComponent(version)}`, { body })

/** Sends a model with its manifest; the answer comes once it has been checked. */
export function addModel(file: File, manifest: unknown, onProgress: Progress, signal: AbortSignal) {
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('model', file)
  return sendForm<ModelVersion>(apiUrl('/admin/algorithms/onnx'), form, onProgress, signal)
}
