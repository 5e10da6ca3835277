import type { Mesh, Vec3 } from '../types'

/**
 * The lines in which a plane cuts a mesh: x, y, z of both ends (LPS, mm), one line after the other. `normal` has the
 * length 1. A corner that lies in the plane counts as above it, so that no line is lost and none comes twice.
 */
export function cutMesh(
  { positions, indices }: Pick<Mesh, 'positions' | 'indices'>,
  origin: Vec3,
  normal: Vec3,
): number[] {
  const [nx, ny, nz] = normal
  const level = nx * origin[0] + ny * origin[1] + nz * origin[2]
  const heights = new Float32Array(positions.length / 3)
  for (let i = 0; i < heights.length; i += 1) {
    heights[i] = nx * positions[3 * i]! + ny * positions[3 * i + 1]! + nz * positions[3 * i + 2]! - level
  }
  const lines: number[] = []
  const cross = (from: number, to: number) => {
    const share = heights[from]! / (heights[from]! - heights[to]!)
    for (let axis = 0; axis < 3; axis += 1) {
      const begin = positions[3 * from + axis]!
      lines.push(begin + share * (positions[3 * to + axis]! - begin))
    }
  }
  for (let at = 0; at < indices.length; at += 3) {
    const a = indices[at]!
    const b = indices[at + 1]!
    const c = indices[at + 2]!
    const [upA, upB, upC] = [heights[a]! >= 0, heights[b]! >= 0, heights[c]! >= 0]
    if (upA === upB && upB === upC) continue
    if (upA !== upB) cross(a, b)
    if (upB !== upC) cross(b, c)
    if (upC !== upA) cross(c, a)
  }
  return lines
}
