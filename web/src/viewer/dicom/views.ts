import type { PlaneName } from './geometry'

/** A thick slice through a volume. */
export interface Slab {
  mode: 'mip' | 'minip' | 'average'
  /** mm */
  thickness: number
}

/** Volume renderings by the names of Cornerstone's transfer functions. */
export const BODY_PRESETS = {
  bone: 'CT-AAA',
  muscle: 'CT-Muscle',
  softTissue: 'CT-Soft-Tissue',
  vessels: 'CT-Chest-Vessels',
  lung: 'CT-Lung',
  heart: 'CT-Cardiac',
  mip: 'CT-MIP',
  mr: 'MR-Default',
} as const
export type BodyPreset = keyof typeof BODY_PRESETS

/** From black through red and yellow to white, as nuclear medicine is read. */
export const FUSION_COLORMAP = 'Black-Body Radiation'

/** Another series drawn over a plane in colours. */
export interface Fused {
  studyUid: string
  seriesUid: string
  /** 0 to 1 */
  opacity: number
}

/** How a stack is looked at. */
export type View =
  | { kind: 'stack' }
  | { kind: 'plane'; plane: Exclude<PlaneName, 'oblique'>; slab: Slab | null }
  | { kind: 'body'; preset: BodyPreset }

export const STACK_VIEW: View = { kind: 'stack' }
