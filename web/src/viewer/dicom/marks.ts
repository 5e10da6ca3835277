import { cache, eventTarget, utilities, type Types } from '@cornerstonejs/core'
import {
  annotation,
  Enums,
  PlanarFreehandROITool,
  utilities as toolUtilities,
  type Types as ToolTypes,
} from '@cornerstonejs/tools'
import { TAG, text } from './json'
import { imageById } from './loader'
import { toolName, toolOf, type MeasureTool } from './tools'

export type MarkTool = 'length' | 'angle' | 'area' | 'ellipse' | 'rectangle' | 'arrow' | 'text' | 'probe'

export interface MarkStats {
  mean?: number | null
  std?: number | null
  min?: number | null
  max?: number | null
  area_mm2?: number | null
  length_mm?: number | null
  angle_deg?: number | null
}

/** A mark as the platform keeps it. Points in LPS millimetres; frames count from 1. */
export interface Mark {
  id: string
  tool: MarkTool
  series_uid: string
  sop_uid: string | null
  frame: number | null
  frame_of_reference_uid: string | null
  points: number[][]
  label: string
  text: string
  stats: MarkStats
}

export interface StoredMark extends Mark {
  read_only?: boolean
}

export type MarkChange = { kind: 'kept'; mark: Mark } | { kind: 'removed'; id: string }

/** The marks on the pictures of a study. */
export interface Marks {
  all(): Mark[]
  /** Draws what was kept before; what is drawn already stays. */
  load(stored: readonly StoredMark[], imageIdOf: (mark: StoredMark) => string | undefined): void
  onChange(listener: (change: MarkChange) => void): () => void
  rename(id: string, label: string): void
  select(id: string | null): void
  selected(): string | null
  remove(id: string): void
  undo(): void
  dispose(): void
}

const { ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED } = Enums.Events
type Annotation = ToolTypes.Annotation

const CORNERSTONE: Record<MarkTool, string> = {
  length: toolName('length'),
  angle: toolName('angle'),
  area: PlanarFreehandROITool.toolName,
  ellipse: toolName('ellipse'),
  rectangle: toolName('rectangle'),
  arrow: toolName('arrow'),
  text: toolName('text'),
  probe: toolName('probe'),
}

const markTool = (tool: MeasureTool): MarkTool => (tool === 'freehand' || tool === 'polygon' ? 'area' : tool)

/** Cornerstone gives the corners of a rectangle row by row; kept are they in order around it. */
const around = <T>(points: T[]): T[] =>
  points.length === 4 ? [points[0]!, points[1]!, points[3]!, points[2]!] : points

/** Cornerstone gives an ellipse's lower, upper, left and right end; kept are the ends of the longer axis first. */
function longFirst(points: number[][]): number[][] {
  const [a, b, c, d] = points
  if (!a || !b || !c || !d) return points
  const apart = (p: number[], q: number[]) => Math.hypot(...p.map((value, i) => value - q[i]!))
  return apart(a, b) >= apart(c, d) ? [a, b, c, d] : [c, d, a, b]
}

const MOST_POINTS = 2000

/** A line drawn by hand has a point for every pixel the mouse crossed: evenly thinned where that is too many. */
function thinned(points: number[][]): number[][] {
  const step = Math.ceil(points.length / MOST_POINTS)
  return step > 1 ? points.filter((_, i) => i % step === 0) : points
}

function pointsOf(tool: MarkTool, { data }: Annotation): number[][] {
  const drawn = (data.handles?.points ?? []).map((point) => [...point])
  if (tool === 'area') {
    const line = (data.contour?.polyline ?? []).map((point) => [...point])
    return thinned(line.length >= 3 ? line : drawn)
  }
  if (tool === 'rectangle') return around(drawn)
  if (tool === 'ellipse') return longFirst(drawn)
  return tool === 'text' || tool === 'probe' ? drawn.slice(0, 1) : drawn
}

const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** Sizes count only in millimetres: an image without a scale has pixels. */
function statsOf(found: Record<string, unknown> | undefined): MarkStats {
  if (!found) return {}
  const inMm = (value: unknown, unit: unknown) => (String(unit).startsWith('mm') ? finite(value) : undefined)
  const stats: MarkStats = {
    mean: finite(found.mean) ?? finite(found.value),
    std: finite(found.stdDev),
    min: finite(found.min),
    max: finite(found.max),
    area_mm2: inMm(found.area, found.areaUnit),
    length_mm: inMm(found.length, found.unit),
    angle_deg: finite(found.angle),
  }
  return Object.fromEntries(Object.entries(stats).filter(([, value]) => value !== undefined))
}

function markOf(drawn: Annotation): Mark | null {
  const tool = drawn.metadata && toolOf(drawn.metadata.toolName)
  if (!tool || !drawn.annotationUID) return null
  const kind = markTool(tool)
  const image = drawn.metadata?.referencedImageId ? imageById(drawn.metadata.referencedImageId) : undefined
  const volume = drawn.metadata?.volumeId ? cache.getVolume(drawn.metadata.volumeId) : undefined
  const ds = image?.dataset ?? (volume?.imageIds[0] ? imageById(volume.imageIds[0])?.dataset : undefined)
  const stats = Object.values((drawn.data.cachedStats ?? {}) as Record<string, Record<string, unknown>>)[0]
  const words = typeof drawn.data.text === 'string' ? drawn.data.text : (drawn.data.label ?? '')
  const says = kind === 'text' || kind === 'arrow'
  return {
    id: drawn.annotationUID.toLowerCase(),
    tool: kind,
    series_uid: (ds && text(ds, TAG.seriesUid)) ?? '',
    sop_uid: image?.sopUid ?? null,
    frame: image ? image.frame : null,
    frame_of_reference_uid: drawn.metadata?.FrameOfReferenceUID ?? null,
    points: pointsOf(kind, drawn),
    label: says ? '' : (drawn.data.label ?? ''),
    text: says ? words : '',
    stats: statsOf(stats),
  }
}

const isWhole = (mark: Mark): boolean =>
  mark.series_uid !== '' && mark.points.length > 0 && (mark.tool !== 'text' || mark.text !== '')

function annotationOf(mark: StoredMark, imageId: string | undefined): Annotation {
  const image = imageId ? imageById(imageId) : undefined
  const plane = image?.plane
  const points = (mark.tool === 'rectangle' ? around(mark.points) : mark.points) as Types.Point3[]
  const says = mark.tool === 'text' || mark.tool === 'arrow'
  return {
    annotationUID: mark.id,
    invalidated: true,
    isLocked: mark.read_only ?? false,
    isVisible: true,
    highlighted: false,
    metadata: {
      toolName: CORNERSTONE[mark.tool],
      FrameOfReferenceUID: mark.frame_of_reference_uid ?? image?.frameOfReference ?? imageId,
      referencedImageId: imageId,
      ...(plane && {
        viewPlaneNormal: normalFrom(plane.row, plane.column),
        viewUp: plane.column.map((value) => -value) as Types.Point3,
      }),
    },
    data: {
      label: says ? mark.text : mark.label,
      text: says ? mark.text : mark.label,
      cachedStats: {},
      handles: {
        points: mark.tool === 'area' ? [] : points,
        activeHandleIndex: null,
        textBox: { hasMoved: false, worldPosition: [0, 0, 0] },
      },
      ...(mark.tool === 'area' && { contour: { polyline: points, closed: true }, isOpenUShapeContour: false }),
    },
  }
}

const normalFrom = (row: readonly number[], column: readonly number[]): Types.Point3 => [
  row[1]! * column[2]! - row[2]! * column[1]!,
  row[2]! * column[0]! - row[0]! * column[2]!,
  row[0]! * column[1]! - row[1]! * column[0]!,
]

export function createMarks(redraw: () => void): Marks {
  const listeners = new Set<(change: MarkChange) => void>()
  /** What came from the platform and is not this reader's to change. */
  const locked = new Set<string>()
  let loading = false

  const find = (id: string) => annotation.state.getAnnotation(id) as Annotation | undefined
  const tell = (change: MarkChange) => {
    for (const listener of listeners) listener(change)
  }
  const detailOf = (event: Event) => (event as CustomEvent<{ annotation?: Annotation }>).detail.annotation

  function kept(event: Event): void {
    const drawn = detailOf(event)
    const mark = drawn && !loading && !drawn.isLocked ? markOf(drawn) : null
    if (mark && isWhole(mark) && !locked.has(mark.id)) tell({ kind: 'kept', mark })
  }
  function removed(event: Event): void {
    const drawn = detailOf(event)
    const mark = drawn && !loading ? markOf(drawn) : null
    if (mark && !locked.has(mark.id)) tell({ kind: 'removed', id: mark.id })
  }
  eventTarget.addEventListener(ANNOTATION_COMPLETED, kept)
  eventTarget.addEventListener(ANNOTATION_MODIFIED, kept)
  eventTarget.addEventListener(ANNOTATION_REMOVED, removed)

  return {
    all: () => annotation.state.getAllAnnotations().flatMap((drawn) => markOf(drawn) ?? []),
    load(stored, imageIdOf) {
      loading = true
      for (const mark of stored) {
        if (find(mark.id)) continue
        if (mark.read_only) locked.add(mark.id)
        const made = annotationOf(mark, imageIdOf(mark))
        annotation.state.addAnnotation(made, made.metadata!.FrameOfReferenceUID!)
      }
      loading = false
      redraw()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    rename(id, label) {
      const drawn = find(id)
      if (!drawn) return
      drawn.data.label = label
      if ('text' in drawn.data) drawn.data.text = label
      const mark = markOf(drawn)
      if (mark) tell({ kind: 'kept', mark })
      redraw()
    },
    select(id) {
      for (const selected of annotation.selection.getAnnotationsSelected()) {
        annotation.selection.setAnnotationSelected(selected, false)
      }
      if (id && find(id)) annotation.selection.setAnnotationSelected(id, true)
      redraw()
    },
    selected: () => annotation.selection.getAnnotationsSelected()[0] ?? null,
    remove(id) {
      if (locked.has(id)) return
      annotation.state.removeAnnotation(id)
      redraw()
    },
    undo() {
      utilities.HistoryMemo.DefaultHistoryMemo.undo()
      redraw()
    },
    dispose() {
      eventTarget.removeEventListener(ANNOTATION_COMPLETED, kept)
      eventTarget.removeEventListener(ANNOTATION_MODIFIED, kept)
      eventTarget.removeEventListener(ANNOTATION_REMOVED, removed)
      annotation.state.removeAllAnnotations()
      listeners.clear()
    },
  }
}

/** Draws the marks of these elements again. */
export function redrawMarks(viewportIds: string[]): void {
  toolUtilities.triggerAnnotationRenderForViewportIds(viewportIds)
}
