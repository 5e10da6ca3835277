import { centre, corners } from './bounds'
import type { Bounds, Face, Vec3 } from './types'
import { add, cross, dot, length, normalize, rotate, scale, subtract } from './vec3'

/** Vertical field of view, in degrees. */
export const VIEW_ANGLE = 30
const TAN_HALF = Math.tan((VIEW_ANGLE * Math.PI) / 360)
const MARGIN = 1.06

export interface CameraState {
  position: Vec3
  focalPoint: Vec3
  viewUp: Vec3
}

export interface Ray {
  origin: Vec3
  direction: Vec3
}

/**
 * Where each standard view looks from, and what is up on the screen. Seen from above or below, the front of the
 * patient is up; seen from below, its right is on the left of the screen, as on a radiological slice.
 */
export const FACES: Record<Face, { from: Vec3; up: Vec3 }> = {
  A: { from: [0, -1, 0], up: [0, 0, 1] },
  P: { from: [0, 1, 0], up: [0, 0, 1] },
  L: { from: [1, 0, 0], up: [0, 0, 1] },
  R: { from: [-1, 0, 0], up: [0, 0, 1] },
  S: { from: [0, 0, 1], up: [0, -1, 0] },
  I: { from: [0, 0, -1], up: [0, -1, 0] },
}

/** The camera's right, up and backward (towards the viewer) unit vectors. */
export function basis(camera: CameraState): { right: Vec3; up: Vec3; back: Vec3 } {
  const back = normalize(subtract(camera.position, camera.focalPoint))
  const right = normalize(cross(camera.viewUp, back))
  return { right, up: cross(back, right), back }
}

/** A camera that looks along `from` and holds the whole box, however narrow the window is. */
export function fit(bounds: Bounds, from: Vec3, up: Vec3, aspect: number): CameraState {
  const focalPoint = centre(bounds)
  const axes = basis({ position: add(focalPoint, from), focalPoint, viewUp: up })
  let away = 1
  for (const corner of corners(bounds)) {
    const offset = subtract(corner, focalPoint)
    const half = Math.max(Math.abs(dot(offset, axes.up)), Math.abs(dot(offset, axes.right)) / aspect)
    away = Math.max(away, dot(offset, axes.back) + (half * MARGIN) / TAN_HALF)
  }
  return { position: add(focalPoint, scale(axes.back, away)), focalPoint, viewUp: axes.up }
}

export const standardView = (bounds: Bounds, face: Face, aspect: number): CameraState =>
  fit(bounds, FACES[face].from, FACES[face].up, aspect)

/** Trackball: turn about the screen's vertical axis, then its horizontal one; radians, positive follows the pointer. */
export function orbit(camera: CameraState, horizontal: number, vertical: number): CameraState {
  const { right, up } = basis(camera)
  const turn = (v: Vec3) => rotate(rotate(v, up, -horizontal), right, -vertical)
  const offset = turn(subtract(camera.position, camera.focalPoint))
  return { ...camera, position: add(camera.focalPoint, offset), viewUp: normalize(turn(up)) }
}

/** Roll about the line of sight; radians, positive turns the picture clockwise. */
export function roll(camera: CameraState, angle: number): CameraState {
  const { up, back } = basis(camera)
  return { ...camera, viewUp: rotate(up, back, angle) }
}

/** Slide the scene with the pointer; `dx` and `dy` are fractions of the window's height, right and down positive. */
export function pan(camera: CameraState, dx: number, dy: number): CameraState {
  const { right, up } = basis(camera)
  const height = 2 * TAN_HALF * length(subtract(camera.position, camera.focalPoint))
  const shift = add(scale(right, -dx * height), scale(up, dy * height))
  return { ...camera, position: add(camera.position, shift), focalPoint: add(camera.focalPoint, shift) }
}

/** Move closer (`factor` > 1) or away, within what still shows something. */
export function zoom(camera: CameraState, factor: number, limits = { near: 5, far: 20_000 }): CameraState {
  const offset = subtract(camera.position, camera.focalPoint)
  const away = Math.min(limits.far, Math.max(limits.near, length(offset) / factor))
  return { ...camera, position: add(camera.focalPoint, scale(normalize(offset), away)) }
}

/** The line of sight through a point of the window; `x`, `y` in −1…1, y up. */
export function rayThrough(camera: CameraState, x: number, y: number, aspect: number): Ray {
  const { right, up, back } = basis(camera)
  const aside = add(scale(right, x * TAN_HALF * aspect), scale(up, y * TAN_HALF))
  return { origin: camera.position, direction: normalize(subtract(aside, back)) }
}

/** Where a point falls in the window (−1…1, y up), or null when it lies behind the camera. */
export function project(camera: CameraState, point: Vec3, aspect: number): { x: number; y: number } | null {
  const { right, up, back } = basis(camera)
  const offset = subtract(point, camera.position)
  const depth = -dot(offset, back)
  if (depth <= 0) return null
  return { x: dot(offset, right) / (depth * TAN_HALF * aspect), y: dot(offset, up) / (depth * TAN_HALF) }
}
