import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  DryRun,
  Export,
  ExportWish,
  IntegrityCheck,
  Peer,
  Project,
  ProjectWish,
  Retention,
  Rule,
  RuleRun,
  RuleWish,
  SavedView,
  StorageLine,
  TrashedStudy,
  WorklistFilters,
} from './archiveTypes'
import { api, type Query } from './client'
import type { Page } from './types'

/** The room in which people hear that studies have come or gone. */
export const ARCHIVE_ROOM = 'archive'

export interface Paging extends Query {
  page: number
  size: number
}

const paged = <T>(key: readonly unknown[], path: string, filter: Query) =>
  queryOptions({
    queryKey: [...key, filter],
    queryFn: ({ signal }) => api.get<Page<T>>(path, { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

const listed = <T>(key: readonly unknown[], path: string) =>
  queryOptions({
    queryKey: key,
    queryFn: async ({ signal }) => (await api.get<{ items: T[] }>(path, { signal })).items,
  })

export const exportsKey = ['exports'] as const
export const exportsQuery = (filter: Paging) => paged<Export>(exportsKey, '/exports', filter)
export const askExport = (wish: ExportWish) => api.post<Export>('/exports', { body: wish })
export const discardExport = (id: string) => api.delete(`/exports/${id}`)

export const projectsKey = ['deid-projects'] as const
export const projectsQuery = listed<Project>(projectsKey, '/deid-projects')
export const makeProject = (wish: ProjectWish) => api.post<Project>('/deid-projects', { body: wish })
export const removeProject = (id: string) => api.delete(`/deid-projects/${id}`)

export const rulesKey = ['rules'] as const
export const rulesQuery = listed<Rule>([...rulesKey, 'list'], '/rules')
export const saveRule = ({ rule_id, wish }: { rule_id?: string; wish: RuleWish }) =>
  rule_id ? api.put<Rule>(`/rules/${rule_id}`, { body: wish }) : api.post<Rule>('/rules', { body: wish })
export const removeRule = (id: string) => api.delete(`/rules/${id}`)
export const orderRules = (ids: string[]) => api.put('/rules/order', { body: { rule_ids: ids } })
export const dryRun = (rule: RuleWish) => api.post<DryRun>('/rules/dry-run', { body: { rule, limit: 100 } })
export const runsQuery = (filter: Paging & { status?: string }) =>
  paged<RuleRun>([...rulesKey, 'runs'], '/rules/runs', filter)
export const retryRun = (id: string) => api.post<RuleRun>(`/rules/runs/${id}/retry`)

export const peersKey = ['dicomweb-peers'] as const
export const peersQuery = listed<Peer>(peersKey, '/dicomweb-peers')
export const addPeer = (wish: { name: string; url: string; token?: string }) =>
  api.post<Peer>('/dicomweb-peers', { body: wish })
export const removePeer = (id: string) => api.delete(`/dicomweb-peers/${id}`)

export interface NodeName {
  node_id: string
  ae_title: string
}
export const nodeNamesQuery = listed<NodeName>(['dicom-nodes', 'names'], '/admin/dicom-nodes')

export const trashKey = ['trash'] as const
export const trashQuery = (filter: Paging) => paged<TrashedStudy>(trashKey, '/trash', filter)
export const deleteStudy = ({ uid, reason }: { uid: string; reason: string }) =>
  api.delete(`/studies/${encodeURIComponent(uid)}`, { query: { reason } })
export const restoreStudy = (uid: string) => api.post(`/studies/${encodeURIComponent(uid)}/restore`)

export const retentionQuery = queryOptions({
  queryKey: ['retention'],
  queryFn: ({ signal }) => api.get<Retention>('/retention', { signal }),
})
export const setRetention = (policies: Retention['policies']) =>
  api.put<Retention>('/retention', { body: { policies } })

export const storageQuery = listed<StorageLine>(['storage', 'lines'], '/admin/storage')
export const checksKey = ['storage', 'checks'] as const
export const checksQuery = queryOptions({
  queryKey: checksKey,
  queryFn: ({ signal }) => api.get<{ has_copy: boolean; items: IntegrityCheck[] }>('/admin/storage/checks', { signal }),
  refetchInterval: (query) => (query.state.data?.items.some((check) => check.status === 'RUNNING') ? 2000 : false),
})
export const beginCheck = () => api.post<IntegrityCheck>('/admin/storage/checks')

export const viewsKey = ['worklist-views'] as const
export const viewsQuery = listed<SavedView>(viewsKey, '/worklist-views')
export const saveView = (wish: { name: string; filters: WorklistFilters }) =>
  api.post<SavedView>('/worklist-views', { body: wish })
export const removeView = (id: string) => api.delete(`/worklist-views/${id}`)
