import { describe, expect, it } from 'vitest'
import { corners } from './bounds'
import { basis, orbit, pan, project, rayThrough, roll, standardView, zoom } from './camera'
import type { Bounds, Face, Vec3 } from './types'
import { add, distance, dot, length, scale, subtract } from './vec3'

const box: Bounds = { min: [-150, -90, 400], max: [150, 110, 900] }
const near = (actual: Vec3, expected: Vec3) => actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))

describe('standard views', () => {
  // What the person sees to the right and at the top, in LPS: +x left, +y posterior, +z superior.
  it.each<[Face, Vec3, Vec3, Vec3]>([
    ['A', [0, -1, 0], [1, 0, 0], [0, 0, 1]],
    ['P', [0, 1, 0], [-1, 0, 0], [0, 0, 1]],
    ['L', [1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ['R', [-1, 0, 0], [0, -1, 0], [0, 0, 1]],
    ['S', [0, 0, 1], [-1, 0, 0], [0, -1, 0]],
    ['I', [0, 0, -1], [1, 0, 0], [0, -1, 0]],
  ])('%s looks from its own side', (face, back, right, up) => {
    const axes = basis(standardView(box, face, 1.5))
    near(axes.back, back)
    near(axes.right, right)
    near(axes.up, up)
  })

  it.each([0.45, 1, 2.2])('holds the whole box in a window of aspect %s, without wasting it', (aspect) => {
    for (const face of 'APLRSI') {
      const camera = standardView(box, face as Face, aspect)
      const seen = corners(box).map((corner) => project(camera, corner, aspect)!)
      const reach = Math.max(...seen.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]))
      expect(reach).toBeLessThanOrEqual(1)
      expect(reach).toBeGreaterThan(0.9)
    }
  })
})

describe('moving the camera', () => {
  const start = standardView(box, 'A', 1)

  it('turns what is near with the pointer and keeps its distance', () => {
    const towardsViewer = add(start.focalPoint, [0, -50, 0])
    const turned = orbit(start, 0.2, 0.1)
    const at = project(turned, towardsViewer, 1)!
    expect(at.x).toBeGreaterThan(0)
    expect(at.y).toBeLessThan(0)
    expect(distance(turned.position, turned.focalPoint)).toBeCloseTo(distance(start.position, start.focalPoint))
  })

  it('stays square after many turns, over the pole too', () => {
    let camera = start
    for (let i = 0; i < 500; i += 1) camera = orbit(camera, 0.07, 0.11)
    const { right, up, back } = basis(camera)
    for (const [a, b] of [
      [right, up],
      [up, back],
      [back, right],
    ] as const) {
      expect(dot(a, b)).toBeCloseTo(0)
    }
    expect(length(camera.viewUp)).toBeCloseTo(1)
  })

  it('slides the focal plane exactly under the pointer', () => {
    const moved = pan(start, 0.25, 0.1) // quarter of the height to the right, a tenth down
    const at = project(moved, start.focalPoint, 1)!
    expect(at.x).toBeCloseTo(0.5)
    expect(at.y).toBeCloseTo(-0.2)
  })

  it('rolls the picture clockwise', () => {
    const at = project(roll(start, 0.3), add(start.focalPoint, [0, 0, 50]), 1)!
    expect(at.x).toBeGreaterThan(0)
  })

  it('moves closer, but neither through the scene nor out of sight', () => {
    const away = (camera: typeof start) => distance(camera.position, camera.focalPoint)
    expect(away(zoom(start, 2))).toBeCloseTo(away(start) / 2)
    expect(away(zoom(start, 1e9))).toBe(5)
    expect(away(zoom(start, 1e-9))).toBe(20_000)
  })
})

describe('lines of sight', () => {
  it('pass through the point they were taken at', () => {
    const camera = orbit(standardView(box, 'L', 1.6), 0.4, -0.3)
    const ray = rayThrough(camera, 0.3, -0.6, 1.6)
    expect(length(ray.direction)).toBeCloseTo(1)
    const at = project(camera, add(ray.origin, scale(ray.direction, 123)), 1.6)!
    expect(at.x).toBeCloseTo(0.3)
    expect(at.y).toBeCloseTo(-0.6)
  })

  it('show nothing of what lies behind the camera', () => {
    const camera = standardView(box, 'A', 1)
    const behind = subtract(camera.position, rayThrough(camera, 0, 0, 1).direction)
    expect(project(camera, behind, 1)).toBeNull()
  })
})
