import type { Bounds, Mesh, Vec3 } from './types'

/** The axis-aligned box of a mesh, or null when it has no vertex. */
export function meshBounds({ positions }: Pick<Mesh, 'positions'>): Bounds | null {
  if (positions.length < 3) return null
  const min: [number, number, number] = [Infinity, Infinity, Infinity]
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity]
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis += 1) {
      const value = positions[i + axis]!
      if (value < min[axis]!) min[axis] = value
      if (value > max[axis]!) max[axis] = value
    }
  }
  return { min, max }
}

export function union(boxes: Iterable<Bounds>): Bounds | null {
  let all: Bounds | null = null
  for (const { min, max } of boxes) {
    all = all
      ? {
          min: [Math.min(all.min[0], min[0]), Math.min(all.min[1], min[1]), Math.min(all.min[2], min[2])],
          max: [Math.max(all.max[0], max[0]), Math.max(all.max[1], max[1]), Math.max(all.max[2], max[2])],
        }
      : { min, max }
  }
  return all
}

export const centre = ({ min, max }: Bounds): Vec3 => [
  (min[0] + max[0]) / 2,
  (min[1] + max[1]) / 2,
  (min[2] + max[2]) / 2,
]

export function corners({ min, max }: Bounds): Vec3[] {
  const points: Vec3[] = []
  for (const x of [min[0], max[0]])
    for (const y of [min[1], max[1]]) for (const z of [min[2], max[2]]) points.push([x, y, z])
  return points
}
