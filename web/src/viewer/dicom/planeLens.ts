import { Enums, utilities, type Types, type VolumeViewport } from '@cornerstonejs/core'
import type { Vec3 } from '../types'
import { dot } from '../vec3'
import { planeName, SQUARE } from './geometry'
import type { Lens, LensContext, Shown } from './lens'
import { edgesOf, NO_READOUT } from './readout'
import type { Slab, View } from './views'
import { openVolume, watchVolume } from './volumes'
import { rangeOfWindow, windowOfRange, type Window } from './windows'

const { BlendModes, OrientationAxis } = Enums

/** The name of the series above among the volumes of a viewport. */
const FUSED = 'fused'
const BLEND: Record<Slab['mode'], Enums.BlendModes> = {
  mip: BlendModes.MAXIMUM_INTENSITY_BLEND,
  minip: BlendModes.MINIMUM_INTENSITY_BLEND,
  average: BlendModes.AVERAGE_INTENSITY_BLEND,
}

export interface PlaneLens extends Lens {
  setSlab(slab: Slab | null): void
  /** Draws another volume over this one in colours; null takes it away. */
  fuse(over: { shown: Shown; opacity: number; colormap: string } | null): Promise<void>
}

export const ORIENTATION = {
  axial: OrientationAxis.AXIAL,
  coronal: OrientationAxis.CORONAL,
  sagittal: OrientationAxis.SAGITTAL,
} as const

/** A plane through the volume of a stack, which crosshairs and the mouse may tilt. */
export function createPlaneLens(
  context: LensContext,
  view: Extract<View, { kind: 'plane' }>,
  find: () => VolumeViewport,
): PlaneLens {
  const { publish } = context
  let current: Shown | null = null
  let volumeId: string | null = null
  let fusedId: string | null = null
  let slab = view.slab
  let stopWatching: (() => void) | null = null
  let disposed = false
  context.enable('plane', view)

  const camera = () => find().getCamera()
  const normal = () => camera().viewPlaneNormal as unknown as Vec3

  function applySlab(): void {
    const viewport = find()
    if (slab) {
      viewport.setBlendMode(BLEND[slab.mode])
      viewport.setSlabThickness(slab.thickness)
    } else {
      viewport.setBlendMode(BlendModes.COMPOSITE)
      // In a thin plane a composite would weaken what is not opaque, with the length of its steps.
      if (fusedId) viewport.setBlendMode(BlendModes.MAXIMUM_INTENSITY_BLEND, [FUSED])
      viewport.resetSlabThickness()
    }
    viewport.render()
  }

  function firstWindow(): Window | null {
    return current?.window ?? current?.stack.images[0]?.window ?? null
  }

  function applyWindow(): void {
    const window = firstWindow()
    if (window && volumeId) find().setProperties({ voiRange: rangeOfWindow(window) }, volumeId)
  }

  const lens: PlaneLens = {
    kind: 'plane',
    async show(shown) {
      current = shown
      stopWatching?.()
      publish({ ...NO_READOUT, loading: true })
      const opened = await openVolume(shown.stack, shown.imageIds)
      if (disposed || current !== shown) return
      volumeId = opened
      fusedId = null
      stopWatching = watchVolume(opened, (progress) => publish({ progress }))
      await find().setVolumes([{ volumeId: opened }])
      if (disposed) return
      applyWindow()
      applySlab()
      publish({ image: shown.stack.images[0] ?? null, loading: false, error: null })
      find().render()
    },
    look() {
      if (!volumeId) return {}
      const viewport = find()
      const { voiRange, invert = false } = viewport.getProperties(volumeId) ?? {}
      const { focalPoint } = camera()
      const along = normal()
      const plane = planeName(along, SQUARE)
      return {
        index: viewport.getSliceIndex(),
        count: viewport.getNumberOfSlices(),
        window: voiRange ? windowOfRange(voiRange.lower, voiRange.upper) : null,
        invert,
        zoom: viewport.getZoom(),
        edges: edgesOf(viewport),
        plane,
        location: plane === 'oblique' ? null : located(focalPoint as unknown as Vec3, along),
        thickness: slab?.thickness ?? null,
      }
    },
    scroll(steps) {
      if (volumeId) utilities.scroll(find() as unknown as Types.IViewport, { volumeId, delta: steps })
    },
    goTo(index) {
      if (volumeId)
        utilities.scroll(find() as unknown as Types.IViewport, { volumeId, delta: index - find().getSliceIndex() })
    },
    goToPoint(point) {
      if (!volumeId) return
      const { focalPoint, position } = camera()
      const along = normal()
      const away = dot(along, point) - dot(along, focalPoint as unknown as Vec3)
      const moved = (from: number[]) => from.map((value, i) => value + along[i as 0 | 1 | 2] * away) as never
      find().setCamera({ focalPoint: moved(focalPoint!), position: moved(position!) })
      find().render()
    },
    point: () => (volumeId ? (camera().focalPoint as unknown as Vec3) : null),
    window: () => lens.look().window ?? null,
    setWindow(window) {
      if (!volumeId) return
      find().setProperties({ voiRange: rangeOfWindow(window) }, volumeId)
      find().render()
    },
    pixels: () => null,
    isInverted: () => (volumeId ? (find().getProperties(volumeId)?.invert ?? false) : false),
    setInverted(invert) {
      if (!volumeId) return
      find().setProperties({ invert }, volumeId)
      find().render()
    },
    reset() {
      const viewport = find()
      viewport.setOrientation(ORIENTATION[view.plane])
      viewport.resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
      if (volumeId) viewport.resetProperties(volumeId)
      applyWindow()
      applySlab()
    },
    retry() {
      if (current) void lens.show(current).catch((error: unknown) => publish({ error, loading: false }))
    },
    setSlab(next) {
      slab = next
      if (volumeId) applySlab()
    },
    async fuse(over) {
      const viewport = find()
      if (fusedId && (!over || fusedId !== `cornerstoneStreamingImageVolume:${over.shown.stack.id}`)) {
        const base = volumeId!
        fusedId = null
        await viewport.setVolumes([{ volumeId: base }])
        applyWindow()
        applySlab()
      }
      if (!over) return
      if (!fusedId) {
        const opened = await openVolume(over.shown.stack, over.shown.imageIds)
        if (disposed) return
        // Cornerstone hides what is added unless it is told not to.
        await viewport.addVolumes([{ volumeId: opened, actorUID: FUSED, visibility: true }])
        if (disposed) return
        fusedId = opened
        const window = over.shown.window ?? over.shown.stack.images[0]?.window
        if (window) viewport.setProperties({ voiRange: rangeOfWindow(window) }, opened)
      }
      const { voiRange } = viewport.getProperties(fusedId) ?? {}
      viewport.setProperties({ colormap: colouring(over, voiRange) }, fusedId)
      applySlab()
    },
    dispose() {
      disposed = true
      stopWatching?.()
    },
  }
  return lens
}

/** Below this share of the window a fused series is see-through, so that it tints only where there is something in it. */
const FAINT = 0.15

function colouring({ colormap, opacity }: { colormap: string; opacity: number }, range?: Types.VOIRange) {
  if (!range) return { name: colormap, opacity }
  const { lower, upper } = range
  const opacityMapping = [
    { value: lower, opacity: 0 },
    { value: lower + FAINT * (upper - lower), opacity: 1 },
    { value: upper, opacity: 1 },
  ]
  return { name: colormap, opacity, opacityMapping }
}

/** The coordinate along the axis that a plane is square to. */
const located = (point: Vec3, normal: Vec3): number => {
  const axis = ([0, 1, 2] as const).reduce((a, b) => (Math.abs(normal[b]) > Math.abs(normal[a]) ? b : a))
  return point[axis]
}
