import { expect, it, test, vi } from 'vitest'
import { orbit, standardView } from './camera'
import { drawOverlay } from './overlay'
import { sideOf, sidesAround } from './sides'
import type { Bounds, Face } from './types'

const box: Bounds = { min: [-150, -90, 400], max: [150, 110, 900] }

it.each<[Face, string]>([
  // left, right, top, bottom of the screen, as a radiologist expects them
  ['A', 'R L S I'],
  ['P', 'L R S I'],
  ['L', 'A P S I'],
  ['R', 'P A S I'],
  ['S', 'L R A P'],
  ['I', 'R L A P'],
])('from %s the edges are %s', (face, expected) => {
  const { left, right, top, bottom } = sidesAround(standardView(box, face, 1.5))
  expect([left, right, top, bottom].join(' ')).toBe(expected)
})

test('between two axes both are named, the nearer first', () => {
  expect(sideOf([0.8, -0.6, 0])).toBe('LA')
  expect(sideOf([-0.6, 0.5, -0.62])).toBe('IRP')
  expect(sideOf([0.96, 0.28, 0])).toBe('L')
})

test('the letters turn with the camera', () => {
  const front = standardView(box, 'A', 1.5)
  expect(sidesAround(orbit(front, Math.PI / 2, 0)).left).toBe('P')
  expect(sidesAround(orbit(front, Math.PI, 0)).left).toBe('L')
})

test('each letter is drawn at its edge', () => {
  const drawn: Record<string, [number, number]> = {}
  const ctx = {
    strokeText: vi.fn(),
    fillText: (text: string, x: number, y: number) => (drawn[text] = [x, y]),
  } as unknown as CanvasRenderingContext2D
  drawOverlay(ctx, {
    camera: standardView(box, 'A', 1.5),
    width: 600,
    height: 400,
    measurements: [],
    pending: null,
  })
  expect(drawn.R![0]).toBeLessThan(40)
  expect(drawn.L![0]).toBeGreaterThan(560)
  expect(drawn.S![1]).toBeLessThan(100)
  expect(drawn.I![1]).toBeGreaterThan(360)
})
