import type { Vec3 } from '../types'
import { add, cross, dot, length, scale, subtract } from '../vec3'

/** Where an image lies in the patient (PS3.3 C.7.6.2): LPS millimetres. */
export interface Plane {
  position: Vec3
  /** Direction of the first row, to the right on the screen. */
  row: Vec3
  /** Direction of the first column, downwards on the screen. */
  column: Vec3
  /** Millimetres between rows, and between columns. */
  spacing: readonly [number, number]
}

export const normalOf = (plane: Plane): Vec3 => cross(plane.row, plane.column)

/** How far an image lies along its own normal. */
export const depthOf = (plane: Plane): number => dot(plane.position, normalOf(plane))

const SAME_DIRECTION = 0.995

/** Whether two images are slices of one stack: the same directions within about six degrees. */
export const isParallel = (a: Plane, b: Plane): boolean =>
  dot(a.row, b.row) > SAME_DIRECTION && dot(a.column, b.column) > SAME_DIRECTION

/** Whether a linked scroll between two stacks has a meaning: their slices face the same way, whichever side first. */
export const facesAlike = (a: Plane, b: Plane): boolean => Math.abs(dot(normalOf(a), normalOf(b))) > 0.9

/** How far one point lies behind another along the normal of a plane. */
export const depthBetween = (plane: Plane, from: Vec3, to: Vec3): number => dot(subtract(to, from), normalOf(plane))

/** A point so far behind another. */
export const shifted = (plane: Plane, point: Vec3, depth: number): Vec3 => add(point, scale(normalOf(plane), depth))

const LETTERS = [
  ['L', 'R'],
  ['P', 'A'],
  ['H', 'F'],
] as const
/** A direction is named after a second axis when it leans this much to it. */
const OBLIQUE = 0.35

/** The patient's side that a direction points to: `L`, or `LP` where it is oblique; nothing for no direction. */
export function orientationLetters(direction: Vec3): string {
  const size = length(direction)
  if (size < 1e-6) return ''
  return [0, 1, 2]
    .map((axis) => ({ axis, share: direction[axis as 0 | 1 | 2] / size }))
    .filter(({ share }) => Math.abs(share) > OBLIQUE)
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share))
    .slice(0, 2)
    .map(({ axis, share }) => LETTERS[axis]![share > 0 ? 0 : 1])
    .join('')
}

export type PlaneName = 'axial' | 'coronal' | 'sagittal' | 'oblique'

/** Slices are named as they were meant, however the gantry was tilted; a plane that was turned by hand is oblique at once. */
const MEANT = 0.9
export const SQUARE = 0.9999

export function planeName(normal: Vec3, least = MEANT): PlaneName {
  const names = ['sagittal', 'coronal', 'axial'] as const
  const axis = [0, 1, 2].find((i) => Math.abs(normal[i as 0 | 1 | 2]) > least * length(normal))
  return axis === undefined ? 'oblique' : names[axis]!
}

/** The image of a stack that lies nearest to a point, measured along the stack's normal; null without positions. */
export function nearestImage(planes: readonly (Plane | null)[], point: Vec3): number | null {
  let best: { index: number; away: number } | null = null
  for (const [index, plane] of planes.entries()) {
    if (!plane) continue
    const away = Math.abs(dot(subtract(point, plane.position), normalOf(plane)))
    if (!best || away < best.away) best = { index, away }
  }
  return best?.index ?? null
}

/** The middle of an image. */
export const centreOf = (plane: Plane, rows: number, columns: number): Vec3 =>
  add(
    plane.position,
    add(
      scale(plane.row, ((columns - 1) / 2) * plane.spacing[1]),
      scale(plane.column, ((rows - 1) / 2) * plane.spacing[0]),
    ),
  )

/** Distances between neighbouring slices vary by at most this share in a volume. */
const EVEN = 0.1

export interface Evenness {
  spacing: number
  even: boolean
}

/** The distance between the slices of a stack, and whether it is the same everywhere. */
export function sliceSpacing(planes: readonly Plane[]): Evenness | null {
  if (planes.length < 2) return null
  const depths = planes.map((plane) => dot(plane.position, normalOf(planes[0]!))).sort((a, b) => a - b)
  const spacing = (depths.at(-1)! - depths[0]!) / (depths.length - 1)
  const even =
    spacing > 1e-3 &&
    depths.every((depth, i) => i === 0 || Math.abs(depth - depths[i - 1]! - spacing) <= EVEN * spacing)
  return { spacing, even }
}

export interface Turn {
  /** Degrees clockwise. */
  rotation: 0 | 90 | 180 | 270
  flipHorizontal: boolean
}

/** Which way a plane is hung: what lies to the right, and below. */
const HUNG: Record<Exclude<PlaneName, 'oblique'>, { right: Vec3; down: Vec3 }> = {
  axial: { right: [1, 0, 0], down: [0, 1, 0] },
  coronal: { right: [1, 0, 0], down: [0, 0, -1] },
  sagittal: { right: [0, 1, 0], down: [0, 0, -1] },
}

/**
 * How an image is turned to hang as readers expect it: the patient's right at the left of the screen and front or head
 * at the top. Null where that has no meaning, or where the image hangs so already.
 */
export function hangingTurn(plane: Plane): Turn | null {
  const name = planeName(normalOf(plane))
  if (name === 'oblique') return null
  const { right, down } = HUNG[name]
  const steps = [0, 90, 180, 270] as const
  const options = [false, true].flatMap((flipHorizontal) =>
    steps.map((rotation) => {
      const across = flipHorizontal ? scale(plane.row, -1) : plane.row
      const [toRight, toBottom] = turned(across, plane.column, rotation)
      return { rotation, flipHorizontal, fit: dot(toRight, right) + dot(toBottom, down) }
    }),
  )
  const best = options.reduce((a, b) => (b.fit > a.fit + 1e-6 ? b : a))
  return best.rotation === 0 && !best.flipHorizontal
    ? null
    : { rotation: best.rotation, flipHorizontal: best.flipHorizontal }
}

/** What points to the right and down once the picture is turned clockwise. */
function turned(right: Vec3, down: Vec3, rotation: Turn['rotation']): [Vec3, Vec3] {
  if (rotation === 90) return [scale(down, -1), right]
  if (rotation === 180) return [scale(right, -1), scale(down, -1)]
  if (rotation === 270) return [down, scale(right, -1)]
  return [right, down]
}
