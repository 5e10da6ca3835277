import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, send, type Query } from '@/lib/api/client'
import type { Page, TaskStatus } from '@/lib/api/types'
import type { Look } from '@/viewer/types'

/** What the gallery can be asked for; unasked it shows what is ready or in preparation. */
export const GALLERY_STATUSES = ['ENABLED', 'PREPARING', 'FAILED'] as const
export type GalleryStatus = (typeof GALLERY_STATUSES)[number]

/** A result set: the meshes of one task. `DISABLED` until the task has delivered them. */
export interface ModelInfo {
  model_info_id: string
  task_id: string
  order_no: string
  task_status: TaskStatus
  name: string
  description: string | null
  category_id: string | null
  status: 'ENABLED' | 'DISABLED'
  model_count: number
  thumbnail_url: string | null
  study_uid: string | null
  patient_name: string | null
  created_at: string
}

/** One mesh of a result set, and how it is shown. */
export interface ModelPart extends Look {
  model_id: string
  stl_name: string
  tissue: string
  triangles: number
  volume_ml: number | null
  area_cm2: number | null
  watertight: boolean
  stl_url: string | null
  glb_url: string | null
}

export interface Category {
  category_id: string
  name: string
}

export interface DisplayConfig {
  tissues: Record<string, Look>
  background: string
}

export interface Share {
  share_id: string
  /** Opens the share. It travels in a request's body or behind the `#` of an address, which no server ever sees. */
  secret: string
  expires_at: string
}

export interface SharedModels {
  name: string
  expires_at: string
  models: ModelPart[]
}

export interface ModelFilter extends Query {
  page?: number
  size?: number
  q?: string
  category_id?: string
  status?: GalleryStatus
}

export type ModelChange = Partial<Pick<ModelInfo, 'name' | 'description' | 'category_id'>>

export const modelsKey = ['models'] as const
export const modelPartsKey = (id: string) => [...modelsKey, 'parts', id] as const
const modelPath = (id: string) => `/models/${encodeURIComponent(id)}`

export const modelsQuery = (filter: ModelFilter) =>
  queryOptions({
    queryKey: [...modelsKey, 'list', filter],
    queryFn: ({ signal }) => api.get<Page<ModelInfo>>('/models', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export const modelQuery = (id: string) =>
  queryOptions({
    queryKey: [...modelsKey, 'detail', id],
    queryFn: ({ signal }) => api.get<ModelInfo>(modelPath(id), { signal }),
  })

export const modelPartsQuery = (id: string) =>
  queryOptions({
    queryKey: modelPartsKey(id),
    queryFn: ({ signal }) => api.get<ModelPart[]>(`${modelPath(id)}/models`, { signal }),
    // Edits are written into the cache first and to the platform after: an idle refetch would undo them on the screen.
    staleTime: Infinity,
  })

export const categoriesQuery = queryOptions({
  queryKey: ['model-categories'],
  queryFn: async ({ signal }) => {
    const answer = await api.get<Category[] | { items: Category[] }>('/models/categories', { signal })
    return Array.isArray(answer) ? answer : answer.items
  },
})

export const displayConfigQuery = queryOptions({
  queryKey: ['display-config'],
  queryFn: ({ signal }) => api.get<DisplayConfig>('/users/display-config', { signal }),
})

export const createCategory = (name: string) => api.post<Category>('/models/categories', { body: { name } })
export const changeModel = (id: string, body: ModelChange) => api.patch<ModelInfo | void>(modelPath(id), { body })
export const deleteModel = (id: string) => api.delete(modelPath(id))
export const changePart = (id: string, partId: string, body: Partial<Look>) =>
  api.patch<ModelPart | void>(`${modelPath(id)}/models/${encodeURIComponent(partId)}`, { body })
export const saveDisplayConfig = (body: DisplayConfig) =>
  api.put<DisplayConfig | void>('/users/display-config', { body })
export const shareModel = (id: string, expiresIn: number) =>
  api.post<Share>(`${modelPath(id)}/shares`, { body: { expires_in: expiresIn } })

export const sharedModelsQuery = (secret: string) =>
  queryOptions({
    queryKey: ['shared-models', secret],
    queryFn: ({ signal }) => api.post<SharedModels>('/shared-models', { body: { secret }, signal }),
    staleTime: Infinity,
    gcTime: 0,
  })

export const fetchSharedMesh = async (url: string, secret: string, signal: AbortSignal) =>
  (await send('POST', url, { body: { secret }, signal })).arrayBuffer()
