import type { VolumeViewport3D } from '@cornerstonejs/core'
import type { Vec3 } from '../types'
import type { Lens, LensContext, Shown } from './lens'
import { edgesOf, NO_READOUT } from './readout'
import { BODY_PRESETS, type BodyPreset, type View } from './views'
import { openVolume, watchVolume } from './volumes'

export interface BodyLens extends Lens {
  setPreset(preset: BodyPreset): void
}

/** Steps through the volume are this many times longer than its voxels: the eye does not see it, a processor does. */
const STEP = 2

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
  context.enable('body', view)

  function apply(): void {
    find().setProperties({ preset: BODY_PRESETS[preset], sampleDistanceMultiplier: STEP })
    find().render()
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
      find().resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
      publish({ image: shown.stack.images[0] ?? null, loading: false, error: null })
      find().render()
    },
    look: () => (ready ? { index: 0, count: 1, zoom: find().getZoom(), edges: edgesOf(find()), window: null } : {}),
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
      find().resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
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
      stopWatching?.()
    },
  }
  return lens
}
