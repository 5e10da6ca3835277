import { queryOptions } from '@tanstack/react-query'
import { api } from '@/lib/api/client'
import type { Mark, StoredMark } from '@/viewer/dicom'

/** A mark with what the platform knows of it. */
export interface KeptMark extends StoredMark {
  version: number
  created_by: string | null
  created_by_name: string
  created_at: string | null
  updated_at: string | null
}

export interface KeyImage {
  series_uid: string
  sop_uid: string
  frame: number
  note: string
  created_by_name: string
  read_only: boolean
}

const studyPath = (studyUid: string) => `/studies/${encodeURIComponent(studyUid)}`

export const marksKey = (studyUid: string) => ['measurements', studyUid] as const
export const keyImagesKey = (studyUid: string) => ['key-images', studyUid] as const

export const marksQuery = (studyUid: string) =>
  queryOptions({
    queryKey: marksKey(studyUid),
    queryFn: ({ signal }) => api.get<{ items: KeptMark[] }>(`${studyPath(studyUid)}/measurements`, { signal }),
    staleTime: Infinity,
  })

export const keyImagesQuery = (studyUid: string) =>
  queryOptions({
    queryKey: keyImagesKey(studyUid),
    queryFn: ({ signal }) => api.get<{ items: KeyImage[] }>(`${studyPath(studyUid)}/key-images`, { signal }),
  })

const markPath = (studyUid: string, id: string) => `${studyPath(studyUid)}/measurements/${encodeURIComponent(id)}`

export function keepMark(studyUid: string, { id, ...content }: Mark, version: number | undefined) {
  return api.put<KeptMark>(markPath(studyUid, id), { body: { ...content, version } })
}

export const deleteMark = (studyUid: string, id: string) => api.delete(markPath(studyUid, id))

const keyImagePath = (studyUid: string, sopUid: string) =>
  `${studyPath(studyUid)}/key-images/${encodeURIComponent(sopUid)}`

export const markKeyImage = (studyUid: string, sopUid: string, frame: number) =>
  api.put<KeyImage>(keyImagePath(studyUid, sopUid), { query: { frame }, body: {} })
export const unmarkKeyImage = (studyUid: string, sopUid: string, frame: number) =>
  api.delete(keyImagePath(studyUid, sopUid), { query: { frame } })

export const exportMarks = (studyUid: string) =>
  api.post<{ sop_uid: string; count: number }>(`${studyPath(studyUid)}/measurements/sr`, { body: {} })
