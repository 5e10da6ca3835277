// @vitest-environment node
import { expect, test } from 'vitest'
import { paintLabels, paletteOf, sampleLabels, type LabelLayer } from './labels'

const layer: LabelLayer = {
  size: [3, 2, 2],
  spacing: [2, 3, 4],
  origin: [10, 20, 30],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  // two slices of two rows of three columns
  data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
}

test('a plane along the grid meets its voxels', () => {
  const plane = { across: [2, 0, 0], down: [0, 3, 0], width: 3, height: 2 } as const
  expect([...sampleLabels(layer, { ...plane, origin: [10, 20, 30] })]).toEqual([1, 2, 3, 4, 5, 6])
  expect([...sampleLabels(layer, { ...plane, origin: [10, 20, 34] })]).toEqual([7, 8, 9, 10, 11, 12])
  // less than half a voxel away is the same voxel; beyond the grid is nothing
  expect([...sampleLabels(layer, { ...plane, origin: [10.9, 21.4, 31.9] })]).toEqual([1, 2, 3, 4, 5, 6])
  expect([...sampleLabels(layer, { ...plane, origin: [12, 20, 30] })]).toEqual([2, 3, 0, 5, 6, 0])
  expect([...sampleLabels(layer, { ...plane, origin: [10, 20, 37] })]).toEqual([0, 0, 0, 0, 0, 0])
})

test('a plane across the slices, and a grid that is turned, are met as well', () => {
  const coronal = { origin: [10, 23, 30], across: [2, 0, 0], down: [0, 0, 4], width: 3, height: 2 } as const
  expect([...sampleLabels(layer, coronal)]).toEqual([4, 5, 6, 10, 11, 12])
  const turned: LabelLayer = { ...layer, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] }
  const plane = { origin: [10, 20, 30], across: [-2, 0, 0], down: [0, -3, 0], width: 3, height: 2 } as const
  expect([...sampleLabels(turned, plane)]).toEqual([1, 2, 3, 4, 5, 6])
})

test('segments are painted in their colours, firmer at the edge, and not at all while hidden', () => {
  const numbers = Uint16Array.from([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, 0])
  const into = new Uint8ClampedArray(4 * 12)
  const look = [
    { number: 1, color: '#ff8000', visible: true },
    { number: 2, color: '#0000ff', visible: false },
  ]
  paintLabels(into, numbers, 3, paletteOf(look), 1)
  expect([...into.slice(0, 3)]).toEqual([255, 128, 0])
  const inside = into[4 * 4 + 3]!
  expect(inside).toBeGreaterThan(0)
  expect(into[3]!).toBeGreaterThan(inside)
  expect([...into.slice(4 * 9, 4 * 12)].every((value) => value === 0)).toBe(true)
})
