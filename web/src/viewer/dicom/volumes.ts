import { cache, Enums, eventTarget, volumeLoader, type Types } from '@cornerstonejs/core'
import { sliceSpacing } from './geometry'
import type { Stack } from './images'
import { fitsAsVolume } from './memory'
import { webgl2Available } from '../support'

export type VolumeObstacle = 'few' | 'uneven' | 'color' | 'memory' | 'webgl'

/** A stack that cannot be cut in other planes here, and why. */
export class NotAVolumeError extends Error {
  override name = 'NotAVolumeError'

  constructor(readonly obstacle: VolumeObstacle) {
    super(obstacle)
  }
}

/** What stands in the way of building a volume of a stack in this page, or null. */
export function volumeObstacle(stack: Stack): VolumeObstacle | null {
  const planes = stack.images.flatMap(({ plane }) => plane ?? [])
  if (planes.length < 3 || planes.length < stack.images.length) return 'few'
  if (stack.images[0]!.color) return 'color'
  if (!sliceSpacing(planes)?.even) return 'uneven'
  if (!webgl2Available()) return 'webgl'
  return fitsAsVolume(stack) ? null : 'memory'
}

export const volumeIdOf = (stack: Stack): string => `cornerstoneStreamingImageVolume:${stack.id}`

/** The volume of a stack; its slices arrive after it is there. */
export async function openVolume(stack: Stack, imageIds: string[]): Promise<string> {
  const obstacle = volumeObstacle(stack)
  if (obstacle) throw new NotAVolumeError(obstacle)
  const volumeId = volumeIdOf(stack)
  if (!cache.getVolume(volumeId)) {
    const volume = (await volumeLoader.createAndCacheVolume(volumeId, { imageIds })) as Types.IStreamingImageVolume & {
      load(done: () => void): void
    }
    volume.load(() => undefined)
  }
  return volumeId
}

/** Follows the slices of a volume as they arrive: the share that is there, null once all are. Returns the way to stop. */
export function watchVolume(volumeId: string, onProgress: (share: number | null) => void): () => void {
  const { IMAGE_VOLUME_MODIFIED, IMAGE_VOLUME_LOADING_COMPLETED } = Enums.Events
  const status = (cache.getVolume(volumeId) as Types.IStreamingImageVolume | undefined)?.loadStatus
  onProgress(status?.loaded ? null : 0)
  const modified = (event: Event) => {
    const { detail } = event as CustomEvent<{ volumeId: string; numberOfFrames: number; framesProcessed: number }>
    if (detail.volumeId !== volumeId) return
    const share = detail.framesProcessed / detail.numberOfFrames
    onProgress(share >= 1 ? null : share)
  }
  const completed = (event: Event) => {
    if ((event as CustomEvent<{ volumeId: string }>).detail.volumeId === volumeId) onProgress(null)
  }
  eventTarget.addEventListener(IMAGE_VOLUME_MODIFIED, modified)
  eventTarget.addEventListener(IMAGE_VOLUME_LOADING_COMPLETED, completed)
  return () => {
    eventTarget.removeEventListener(IMAGE_VOLUME_MODIFIED, modified)
    eventTarget.removeEventListener(IMAGE_VOLUME_LOADING_COMPLETED, completed)
  }
}
