import { describe, expect, it } from 'vitest'
import { raycast } from './raycast'
import { keptBy, outline, sectionPlane } from './section'
import type { Mesh, Vec3 } from './types'
import { dot, subtract } from './vec3'

/** An octahedron of radius 10 around the origin: eight triangles, closed. */
const octahedron: Mesh = {
  positions: Float32Array.of(10, 0, 0, -10, 0, 0, 0, 10, 0, 0, -10, 0, 0, 0, 10, 0, 0, -10),
  normals: new Float32Array(18),
  indices: Uint32Array.of(0, 2, 4, 2, 1, 4, 1, 3, 4, 3, 0, 4, 2, 0, 5, 1, 2, 5, 3, 1, 5, 0, 3, 5),
}
const downwards = { origin: [1, 1, 100] as Vec3, direction: [0, 0, -1] as Vec3 }

describe('sections', () => {
  it.each([false, true])('agree on the kept side, flipped: %s', (flipped) => {
    const section = { axis: 'coronal', position: 3, flipped } as const
    const { origin, normal } = sectionPlane(section)
    const kept = keptBy(section)
    for (const point of [
      [0, 2, 0],
      [5, 4, -1],
    ] as Vec3[]) {
      expect(kept(point)).toBe(dot(normal, subtract(point, origin)) >= 0)
    }
    expect(kept([0, 4, 0])).toBe(flipped)
  })

  it('outline the cut: a square of the octahedron', () => {
    const points = outline(octahedron, { axis: 'axial', position: 4, flipped: false })
    expect(points).toHaveLength(4 * 6)
    for (let i = 0; i < points.length; i += 3) {
      expect(points[i + 2]).toBeCloseTo(4)
      expect(Math.abs(points[i]!) + Math.abs(points[i + 1]!)).toBeCloseTo(6)
    }
  })

  it('come out whole where the plane passes through vertices', () => {
    const points = outline(octahedron, { axis: 'axial', position: 0, flipped: false })
    expect(points.length % 6).toBe(0)
    expect(points.every(Number.isFinite)).toBe(true)
  })

  it('outline nothing beside the mesh', () => {
    expect(outline(octahedron, { axis: 'sagittal', position: 11, flipped: false })).toHaveLength(0)
  })
})

describe('raycast', () => {
  it('meets the nearest triangle', () => {
    expect(raycast(octahedron, downwards, null)).toBeCloseTo(92)
  })

  it('looks through what the section took away', () => {
    const kept = keptBy({ axis: 'axial', position: 0, flipped: false })
    expect(raycast(octahedron, downwards, kept)).toBeCloseTo(108)
  })

  it('meets nothing beside the mesh or behind the eye', () => {
    expect(raycast(octahedron, { ...downwards, origin: [9, 9, 100] }, null)).toBeNull()
    expect(raycast(octahedron, { ...downwards, direction: [0, 0, 1] }, null)).toBeNull()
  })
})
