import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Page } from './types'

export interface DicomNodeWish {
  ae_title: string
  host: string
  port: number
  description: string
  may_store: boolean
  may_query: boolean
  may_retrieve: boolean
  may_worklist: boolean
  addresses: string[]
}

export interface DicomNode extends DicomNodeWish {
  id: string
  created_at: string
  seen_at: string | null
}

/** What has to be entered into a scanner. */
export interface Ourselves {
  ae_title: string
  host: string
  port: number
}

export interface Echo {
  ok: boolean
  code: string
  message: string
  seconds: number
}

/** What a transfer moves, as it is in the archive. */
export interface StudyOfTransfer {
  study_uid: string
  patient_name: string
  study_date: string | null
  description: string
  modalities: string[]
}

/** What was sent to a node, or fetched from it. */
export interface Transfer {
  id: string
  node_id: string
  direction: 'SEND' | 'RETRIEVE'
  study_uid: string | null
  /** Null where it is not in the archive, or not for the reader to see. */
  study: StudyOfTransfer | null
  status: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED'
  total: number
  completed: number
  warnings: number
  failed: number
  error: string
  created_at: string
  finished_at: string | null
}

/** DICOM keyword → a value, several, or nothing. */
export type FoundItem = Record<string, unknown>

/** What a node answers to a question. */
export interface Found {
  items: FoundItem[]
  /** False where it has more than was asked for. */
  complete: boolean
  /** Which of the studies are in the archive: UID → number of images here. */
  here: Record<string, number>
}

export const nodesKey = ['dicom-nodes'] as const
const PATH = '/admin/dicom-nodes'

export const nodesQuery = (page: { page?: number; size?: number }) =>
  queryOptions({
    queryKey: [...nodesKey, page],
    queryFn: ({ signal }) => api.get<Page<DicomNode>>(PATH, { signal, query: page }),
    placeholderData: keepPreviousData,
  })

export const ourselvesQuery = queryOptions({
  queryKey: ['dicom-ourselves'],
  queryFn: ({ signal }) => api.get<Ourselves>(`${PATH}/ourselves`, { signal }),
  staleTime: Infinity,
})

const node = (id: string) => `${PATH}/${encodeURIComponent(id)}`

export const nodeQuery = (id: string) =>
  queryOptions({ queryKey: [...nodesKey, id], queryFn: ({ signal }) => api.get<DicomNode>(node(id), { signal }) })

/** Asks the node itself (C-FIND): not again before somebody wishes so, and only once if it does not answer. */
export const foundQuery = (id: string, keys: Record<string, string>) =>
  queryOptions({
    queryKey: ['dicom-found', id, keys],
    queryFn: ({ signal }) => api.post<Found>(`${node(id)}/query`, { signal, body: { keys } }),
    staleTime: Infinity,
    retry: false,
  })

export const addNode = (body: DicomNodeWish) => api.post<DicomNode>(PATH, { body })
export const changeNode = (id: string, body: DicomNodeWish) => api.put<DicomNode>(node(id), { body })
export const removeNode = (id: string) => api.delete(node(id))
export const echoNode = (id: string) => api.post<Echo>(`${node(id)}/echo`)

export const transfersKey = ['dicom-transfers'] as const
export const isUnderWay = ({ status }: Transfer) => status === 'QUEUED' || status === 'RUNNING'

const SETTLES_MS = 30_000

/** Under way, or just fetched and not in the archive yet: what a node sends by itself is read in some moments later. */
export const isComing = (transfer: Transfer) => {
  const { direction, status, study, completed, finished_at } = transfer
  if (isUnderWay(transfer)) return true
  if (direction !== 'RETRIEVE' || status !== 'DONE' || study || completed === 0 || !finished_at) return false
  return Math.abs(Date.now() - Date.parse(finished_at)) < SETTLES_MS
}

export const transfersQuery = (page: { page?: number; size?: number; node_id?: string }) =>
  queryOptions({
    queryKey: [...transfersKey, page],
    queryFn: ({ signal }) => api.get<Page<Transfer>>(`${PATH}/transfers`, { signal, query: page }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.items.some(isComing) ? 2000 : false),
  })

export const sendToNode = ({ id, studyUid }: { id: string; studyUid: string }) =>
  api.post<Transfer>(`${node(id)}/send`, { body: { study_uid: studyUid } })

export const fetchFromNode = (id: string, studyUid: string) =>
  api.post<Transfer>(`${node(id)}/retrieve`, { body: { study_uid: studyUid } })

export const transferAgain = (id: string) => api.post<Transfer>(`${PATH}/transfers/${encodeURIComponent(id)}/again`)
