import type { Types } from '@cornerstonejs/core'
import type { Vec3 } from '../types'
import { subtract } from '../vec3'
import { orientationLetters, type PlaneName } from './geometry'
import type { Image } from './images'
import type { Window } from './windows'

export interface Edges {
  top: string
  bottom: string
  left: string
  right: string
}

/** What a pane says about itself in its corners. */
export interface Readout {
  /** From 0; the picture that is seen, which lags behind the one asked for while that is loading. */
  index: number
  count: number
  image: Image | null
  window: Window | null
  invert: boolean
  zoom: number
  edges: Edges | null
  plane: PlaneName | null
  /** Where the slice lies along the patient, in mm. */
  location: number | null
  /** Of a slab, in mm. */
  thickness: number | null
  /** Share of a volume that has arrived, 0 to 1; null when nothing is awaited. */
  progress: number | null
  loading: boolean
  error: unknown
}

export const NO_READOUT: Readout = {
  index: 0,
  count: 0,
  image: null,
  window: null,
  invert: false,
  zoom: 1,
  edges: null,
  plane: null,
  location: null,
  thickness: null,
  progress: null,
  loading: false,
  error: null,
}

/** The patient's sides at the edges of the picture, however it is turned and flipped. */
export function edgesOf(viewport: Pick<Types.IViewport, 'canvas' | 'canvasToWorld'>): Edges | null {
  const { clientWidth: width, clientHeight: height } = viewport.canvas
  if (width === 0 || height === 0) return null
  const at = (x: number, y: number) => viewport.canvasToWorld([x, y]) as unknown as Vec3
  const across = subtract(at(width, height / 2), at(0, height / 2))
  const down = subtract(at(width / 2, height), at(width / 2, 0))
  const back = (v: Vec3): Vec3 => [-v[0], -v[1], -v[2]]
  return {
    left: orientationLetters(back(across)),
    right: orientationLetters(across),
    top: orientationLetters(back(down)),
    bottom: orientationLetters(down),
  }
}
