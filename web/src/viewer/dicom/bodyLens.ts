import { Enums, getRenderingCapabilities, type Types, type VolumeViewport3D } from '@cornerstonejs/core'
import type { Vec3 } from '../types'
import type { Lens, LensContext, Shown } from './lens'
import { edgesOf, NO_READOUT } from './readout'
import { BODY_PRESETS, type BodyPreset, type View } from './views'
import { openVolume, watchVolume } from './volumes'

export interface BodyLens extends Lens {
  setPreset(preset: BodyPreset): void
}

/** Steps through the volume, in voxels: longer ones while it moves, where a processor draws in place of a graphics card. */
const FINE = 1.5
const COARSE = 4
const REST_MS = 400

const FROM_THE_FRONT: Types.Point3 = [0, -1, 0]
const UPRIGHT: Types.Point3 = [0, 0, 1]

/** The whole volume as a body. */
export function createBodyLens(
  context: LensContext,
  view: Extract<View, { kind: 'body' }>,
  find: () => VolumeViewport3D,
): BodyLens {
  const { publish } = context
  let current: Shown | null = null
  let ready = false
  let preset = view.preset
  let stopWatching: (() => void) | null = null
  let disposed = false
  let resting: number | undefined
  context.enable('body', view)
  const { element } = context
  const { CAMERA_MODIFIED } = Enums.Events

  function step(sampleDistanceMultiplier: number): void {
    find().setProperties({ sampleDistanceMultiplier })
  }

  /** Coarse while it turns, fine once it rests. */
  function moved(): void {
    if (!ready || !getRenderingCapabilities().softwareRasterizer) return
    if (resting === undefined) step(COARSE)
    window.clearTimeout(resting)
    resting = window.setTimeout(() => {
      resting = undefined
      step(FINE)
      find().render()
    }, REST_MS)
  }
  element.addEventListener(CAMERA_MODIFIED, moved)

  function apply(): void {
    find().setProperties({ preset: BODY_PRESETS[preset], sampleDistanceMultiplier: FINE })
    find().render()
  }

  /** The patient from the front, upright. */
  function face(): void {
    const viewport = find()
    viewport.resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
    const { focalPoint, position } = viewport.getCamera()
    const away = Math.hypot(...position!.map((value, i) => value - focalPoint![i]!))
    viewport.setCamera({
      focalPoint,
      position: [focalPoint![0], focalPoint![1] - away, focalPoint![2]],
      viewPlaneNormal: FROM_THE_FRONT,
      viewUp: UPRIGHT,
    })
    viewport.resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
  }

  const lens: BodyLens = {
    kind: 'body',
    async show(shown) {
      current = shown
      ready = false
      publish({ ...NO_READOUT, loading: true })
      const volumeId = await openVolume(shown.stack, shown.imageIds)
      if (disposed || current !== shown) return
      stopWatching?.()
      stopWatching = watchVolume(volumeId, (progress) => publish({ progress }))
      await find().setVolumes([{ volumeId }])
      if (disposed) return
      ready = true
      apply()
      face()
      publish({ image: shown.stack.images[0] ?? null, loading: false, error: null })
      find().render()
    },
    look: () => (ready ? { index: 0, count: 0, zoom: find().getZoom(), edges: edgesOf(find()), window: null } : {}),
    scroll: () => undefined,
    goTo: () => undefined,
    goToPoint: () => undefined,
    point: (): Vec3 | null => null,
    window: () => null,
    setWindow: () => undefined,
    pixels: () => null,
    isInverted: () => false,
    setInverted: () => undefined,
    reset() {
      if (!ready) return
      face()
      apply()
    },
    retry() {
      if (current) void lens.show(current).catch((error: unknown) => publish({ error, loading: false }))
    },
    setPreset(next) {
      preset = next
      if (ready) apply()
    },
    dispose() {
      disposed = true
      window.clearTimeout(resting)
      element.removeEventListener(CAMERA_MODIFIED, moved)
      stopWatching?.()
    },
  }
  return lens
}
