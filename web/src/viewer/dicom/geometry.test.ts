// @vitest-environment node
import { expect, test } from 'vitest'
import {
  centreOf,
  facesAlike,
  hangingTurn,
  isParallel,
  nearestImage,
  orientationLetters,
  planeName,
  SQUARE,
  sliceSpacing,
  type Plane,
} from './geometry'

const plane = (z: number, row: Plane['row'] = [1, 0, 0], column: Plane['column'] = [0, 1, 0]): Plane => ({
  position: [-100, -120, z],
  row,
  column,
  spacing: [0.5, 0.8],
})

test('directions are named after the patient, oblique ones after two sides', () => {
  expect(orientationLetters([1, 0, 0])).toBe('L')
  expect(orientationLetters([-5, 0, 0])).toBe('R')
  expect(orientationLetters([0, -1, 0])).toBe('A')
  expect(orientationLetters([0, 1, 0])).toBe('P')
  expect(orientationLetters([0, 0, 1])).toBe('H')
  expect(orientationLetters([0, 0, -1])).toBe('F')
  expect(orientationLetters([0.8, 0.6, 0])).toBe('LP')
  expect(orientationLetters([0.98, 0.2, 0])).toBe('L')
  expect(orientationLetters([0, 0, 0])).toBe('')
})

test('planes have the names of anatomy', () => {
  expect(planeName([0, 0, -2])).toBe('axial')
  expect(planeName([0, 1, 0])).toBe('coronal')
  expect(planeName([1, 0.1, 0])).toBe('sagittal')
  expect(planeName([1, 1, 0])).toBe('oblique')
  expect(planeName([1, 0.1, 0], SQUARE)).toBe('oblique')
  expect(planeName([0, 0, -2], SQUARE)).toBe('axial')
})

test('the nearest slice is found along the normal, wherever in the plane the point lies', () => {
  const planes = [0, 3, 6, 9].map((z) => plane(z))
  expect(nearestImage(planes, [500, -300, 7])).toBe(2)
  expect(nearestImage([null, ...planes], [0, 0, -50])).toBe(1)
  expect(nearestImage([null], [0, 0, 0])).toBeNull()
})

test('the middle of an image counts its spacing the right way round', () => {
  expect(centreOf(plane(7), 101, 201)).toEqual([-100 + 80, -120 + 25, 7])
})

test('spacing is even only where every slice is at its place', () => {
  expect(sliceSpacing([0, 3, 6].map((z) => plane(z)))).toEqual({ spacing: 3, even: true })
  expect(sliceSpacing([9, 0, 6, 3].map((z) => plane(z)))?.even).toBe(true)
  expect(sliceSpacing([0, 3, 9].map((z) => plane(z)))?.even).toBe(false)
  expect(sliceSpacing([0, 0, 0].map((z) => plane(z)))?.even).toBe(false)
  expect(sliceSpacing([plane(0)])).toBeNull()
})

test('stacks belong together by direction, whichever way they face when they are only scrolled together', () => {
  const turned = plane(0, [-1, 0, 0], [0, -1, 0])
  const upsideDown = plane(0, [1, 0, 0], [0, -1, 0])
  expect(isParallel(plane(0), plane(9))).toBe(true)
  expect(isParallel(plane(0), turned)).toBe(false)
  expect(facesAlike(plane(0), upsideDown)).toBe(true)
  expect(facesAlike(plane(0), plane(0, [0, 1, 0], [0, 0, -1]))).toBe(false)
})

test('images hang with the right at the left and front or head at the top', () => {
  expect(hangingTurn(plane(0))).toBeNull()
  expect(hangingTurn(plane(0, [-1, 0, 0], [0, -1, 0]))).toEqual({ rotation: 180, flipHorizontal: false })
  expect(hangingTurn(plane(0, [1, 0, 0], [0, 0, 1]))).toEqual({ rotation: 180, flipHorizontal: true })
  expect(hangingTurn(plane(0, [0, 1, 0], [0, 0, -1]))).toBeNull()
  expect(hangingTurn(plane(0, [0.7, 0.7, 0], [0, 0, -1]))).toBeNull()
})
