import { queryOptions } from '@tanstack/react-query'
import { api, send } from '@/lib/api/client'
import type { LabelLayer, Overlay, Presentation, SegmentLook, SurfaceLook } from '@/viewer/dicom'

export interface OverlayItem {
  kind: 'SEG' | 'RTSTRUCT' | 'PR' | 'MODELS'
  id: string
  label: string
  description: string
  referenced_series_uid: string | null
  parts: number | null
  unreadable: { message: string } | null
}

/** A part of an overlay that can be shown alone. */
export interface OverlayPart {
  number: number
  label: string
  color: string
  volume_ml: number | null
}

/** An overlay as it was fetched: its parts, and how it is drawn with the looks chosen for them. */
export interface LoadedOverlay {
  parts: OverlayPart[]
  draw: (looks: readonly SegmentLook[]) => Overlay
  /** A presentation state, which also says how its images are shown. */
  state?: Presentation
}

interface Segmentation {
  geometry: {
    size: [number, number, number]
    spacing: [number, number, number]
    origin: [number, number, number]
    direction: number[]
  }
  dtype: 'uint8' | 'uint16'
  layers: number
  segments: { number: number; label: string; color: string; volume_ml: number; layer: number | null }[]
}

interface StructureSet {
  rois: { number: number; name: string; color: string | null; contours: { type: string; points: number[] }[] }[]
}

const path = (studyUid: string) => `/studies/${encodeURIComponent(studyUid)}/overlays`

export const overlaysQuery = (studyUid: string) =>
  queryOptions({
    queryKey: ['overlays', studyUid],
    queryFn: ({ signal }) => api.get<{ items: OverlayItem[] }>(path(studyUid), { signal }),
  })

export const overlayQuery = (studyUid: string, { kind, id }: Pick<OverlayItem, 'kind' | 'id'>) =>
  queryOptions({
    queryKey: ['overlays', studyUid, id],
    queryFn: ({ signal }) => {
      if (kind === 'MODELS') return surfaces(id, signal)
      const read = { SEG: segmentation, RTSTRUCT: structures, PR: presentation }[kind]
      return read(studyUid, id, signal)
    },
    staleTime: Infinity,
    structuralSharing: false,
    gcTime: 60_000,
  })

async function segmentation(studyUid: string, id: string, signal: AbortSignal): Promise<LoadedOverlay> {
  const base = `${path(studyUid)}/${encodeURIComponent(id)}`
  const { geometry, dtype, layers: count, segments } = await api.get<Segmentation>(`${base}/segments`, { signal })
  const layers = await Promise.all(
    Array.from({ length: count }, async (_, layer): Promise<LabelLayer> => {
      const response = await send('GET', `${base}/labelmap`, { signal, query: { layer } })
      const bytes = await response.arrayBuffer()
      return { ...geometry, data: dtype === 'uint8' ? new Uint8Array(bytes) : new Uint16Array(bytes) }
    }),
  )
  return {
    // a label map describes its background as well, as number 0
    parts: segments
      .filter(({ number }) => number > 0)
      .map(({ number, label, color, volume_ml }) => ({ number, label, color, volume_ml })),
    draw: (looks) => ({ kind: 'labels', layers, segments: looks }),
  }
}

const UNCOLOURED = '#ffd54a'
const CLOSED = /^CLOSED/

async function structures(studyUid: string, id: string, signal: AbortSignal): Promise<LoadedOverlay> {
  const found = await api.get<StructureSet>(`${path(studyUid)}/${encodeURIComponent(id)}/contours`, { signal })
  const outlines = new Map(
    found.rois.map((roi) => [
      roi.number,
      roi.contours.map(({ type, points }) => ({ closed: CLOSED.test(type), points })),
    ]),
  )
  return {
    parts: found.rois.map(({ number, name, color }) => ({
      number,
      label: name,
      color: color ?? UNCOLOURED,
      volume_ml: null,
    })),
    draw: (looks) => ({
      kind: 'outlines',
      structures: looks.map((look) => ({ ...look, outlines: outlines.get(look.number) ?? [] })),
    }),
  }
}

async function presentation(studyUid: string, id: string, signal: AbortSignal): Promise<LoadedOverlay> {
  const state = await api.get<Presentation>(`${path(studyUid)}/${encodeURIComponent(id)}/presentation`, { signal })
  return { parts: [], state, draw: () => ({ kind: 'presentation', state }) }
}

interface ModelPart {
  tissue: string
  stl_name: string
  color: string
  volume_ml: number | null
  glb_url: string | null
  stl_url: string | null
}

/** The product's own 3D models: what of them a plane cuts is drawn. */
async function surfaces(id: string, signal: AbortSignal): Promise<LoadedOverlay> {
  const [found, { createMeshDecoder }] = await Promise.all([
    api.get<ModelPart[]>(`/models/${encodeURIComponent(id)}/models`, { signal }),
    import('@/viewer'),
  ])
  const decoder = createMeshDecoder()
  try {
    const shown = found.filter((part) => part.glb_url ?? part.stl_url)
    const meshes = await Promise.all(
      shown.map(async (part): Promise<SurfaceLook['mesh']> => {
        const response = await send('GET', (part.glb_url ?? part.stl_url)!, { signal })
        return decoder.decode(await response.arrayBuffer())
      }),
    )
    return {
      parts: shown.map(({ tissue, stl_name, color, volume_ml }, index) => ({
        number: index,
        label: stl_name.replace(/\.stl$/i, '') || tissue,
        color,
        volume_ml,
      })),
      draw: (looks) => ({
        kind: 'surfaces',
        surfaces: looks.map((look) => ({ ...look, mesh: meshes[look.number]! })),
      }),
    }
  } finally {
    decoder.dispose()
  }
}
