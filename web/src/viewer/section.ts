import type { Mesh, Section, SectionAxis, Vec3 } from './types'

/** Which coordinate a section holds still. */
export const AXIS_INDEX: Record<SectionAxis, 0 | 1 | 2> = { sagittal: 0, coronal: 1, axial: 2 }

/** The plane of a section: a point on it, and the unit normal that points into the kept side. */
export function sectionPlane({ axis, position, flipped }: Section): { origin: Vec3; normal: Vec3 } {
  const along = (value: number): Vec3 => [0, 1, 2].map((i) => (i === AXIS_INDEX[axis] ? value : 0)) as unknown as Vec3
  return { origin: along(position), normal: along(flipped ? 1 : -1) }
}

export function keptBy({ axis, position, flipped }: Section): (point: Vec3) => boolean {
  const index = AXIS_INDEX[axis]
  return flipped ? (point) => point[index] >= position : (point) => point[index] <= position
}

/** The outline where a mesh meets the section: end points of segments, six numbers each. */
export function outline({ positions: p, indices }: Mesh, { axis, position }: Section): Float32Array {
  const k = AXIS_INDEX[axis]
  const points: number[] = []
  const cross = (from: number, to: number) => {
    const height = p[from + k]! - position
    const other = p[to + k]! - position
    if (height < 0 === other < 0) return
    const t = height / (height - other)
    for (let i = 0; i < 3; i += 1) points.push(p[from + i]! + t * (p[to + i]! - p[from + i]!))
  }
  for (let i = 0; i < indices.length; i += 3) {
    const a = indices[i]! * 3
    const b = indices[i + 1]! * 3
    const c = indices[i + 2]! * 3
    cross(a, b)
    cross(b, c)
    cross(c, a)
  }
  return Float32Array.from(points)
}
