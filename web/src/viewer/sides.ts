import { basis, type CameraState } from './camera'
import type { Vec3 } from './types'
import { scale } from './vec3'

/** Letters of LPS: which side of the patient lies at the negative and at the positive end of each axis. */
const LETTERS = [
  ['R', 'L'],
  ['A', 'P'],
  ['I', 'S'],
] as const
const NOTICED = 0.3 // cosine: a direction less than 17° off an axis is named by that axis alone

/** The side of the patient that a direction points to, its strongest part first (DICOM PS3.3 C.7.6.1.1.1): `L`, `LA`. */
export function sideOf(direction: Vec3): string {
  return [0, 1, 2]
    .filter((axis) => Math.abs(direction[axis as 0]) >= NOTICED)
    .sort((a, b) => Math.abs(direction[b as 0]) - Math.abs(direction[a as 0]))
    .map((axis) => LETTERS[axis as 0][direction[axis as 0] > 0 ? 1 : 0])
    .join('')
}

/** What lies towards each edge of the window. */
export function sidesAround(camera: CameraState): { left: string; right: string; top: string; bottom: string } {
  const { right, up } = basis(camera)
  return { left: sideOf(scale(right, -1)), right: sideOf(right), top: sideOf(up), bottom: sideOf(scale(up, -1)) }
}
