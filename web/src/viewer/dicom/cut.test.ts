import { expect, test } from 'vitest'
import { cutMesh } from './cut'

// a tetrahedron over the triangle (0, 0, 0) (4, 0, 0) (0, 4, 0), 4 mm high
const TETRAHEDRON = {
  positions: new Float32Array([0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4]),
  indices: new Uint32Array([0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3]),
}

function length(lines: number[]): number {
  let sum = 0
  for (let i = 0; i < lines.length; i += 6) {
    sum += Math.hypot(lines[i + 3]! - lines[i]!, lines[i + 4]! - lines[i + 1]!, lines[i + 5]! - lines[i + 2]!)
  }
  return sum
}

test('a plane halfway up cuts a triangle of half the size', () => {
  const lines = cutMesh(TETRAHEDRON, [9, 9, 2], [0, 0, 1])
  expect(lines).toHaveLength(3 * 6)
  expect(lines.filter((_, i) => i % 3 === 2)).toEqual(Array(6).fill(2))
  expect(length(lines)).toBeCloseTo(2 + 2 + Math.hypot(2, 2), 5)
})

test('an oblique plane cuts where it says', () => {
  const s = Math.SQRT1_2
  const lines = cutMesh(TETRAHEDRON, [1, 0, 0], [s, s, 0])
  for (let i = 0; i < lines.length; i += 3) expect(lines[i]! + lines[i + 1]!).toBeCloseTo(1, 5)
})

test('a plane beside it cuts nothing; one through a corner or a face leaves whole lines', () => {
  expect(cutMesh(TETRAHEDRON, [0, 0, 5], [0, 0, 1])).toEqual([])
  for (const z of [0, 4]) {
    const lines = cutMesh(TETRAHEDRON, [0, 0, z], [0, 0, 1])
    expect(lines.length % 6).toBe(0)
    expect(lines.every(Number.isFinite)).toBe(true)
  }
})
