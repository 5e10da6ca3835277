import { type CameraState, project } from './camera'
import { sidesAround } from './sides'
import type { Measurement, Vec3 } from './types'
import { distance } from './vec3'

const LINE = '#FBBF24'
const EDGE = 16
const BELOW_TOOLS = 64
const HALO = 'rgba(15, 23, 42, 0.85)'

export interface OverlayScene {
  camera: CameraState
  width: number
  height: number
  measurements: readonly Measurement[]
  /** The first end of a measurement whose second is not picked yet. */
  pending: Vec3 | null
}

export const formatMillimetres = (mm: number): string => `${mm.toFixed(1)} mm`

/** Draw the patient's sides and the measurements, in CSS pixels, on a context already scaled to them. */
export function drawOverlay(ctx: CanvasRenderingContext2D, scene: OverlayScene): void {
  const { camera, width, height } = scene
  drawSides(ctx, camera, width, height)
  const toScreen = (point: Vec3) => {
    const at = project(camera, point, width / height)
    return at && { x: ((at.x + 1) / 2) * width, y: ((1 - at.y) / 2) * height }
  }
  const dot = (at: { x: number; y: number }) => {
    ctx.beginPath()
    ctx.arc(at.x, at.y, 4, 0, 2 * Math.PI)
    ctx.fillStyle = LINE
    ctx.fill()
    ctx.lineWidth = 1.5
    ctx.strokeStyle = HALO
    ctx.stroke()
  }

  for (const { from, to } of scene.measurements) {
    const a = toScreen(from)
    const b = toScreen(to)
    if (!a || !b) continue
    for (const [style, lineWidth] of [
      [HALO, 5],
      [LINE, 2],
    ] as const) {
      ctx.beginPath()
      ctx.moveTo(a.x, a.y)
      ctx.lineTo(b.x, b.y)
      ctx.strokeStyle = style
      ctx.lineWidth = lineWidth
      ctx.stroke()
    }
    dot(a)
    dot(b)
    label(ctx, formatMillimetres(distance(from, to)), (a.x + b.x) / 2, (a.y + b.y) / 2 - 16)
  }
  const start = scene.pending && toScreen(scene.pending)
  if (start) dot(start)
}

/** Which side of the patient lies where: the letters that a radiologist looks for first. */
function drawSides(ctx: CanvasRenderingContext2D, camera: CameraState, width: number, height: number): void {
  const { left, right, top, bottom } = sidesAround(camera)
  ctx.font = '600 16px Inter, sans-serif'
  ctx.textBaseline = 'middle'
  ctx.lineWidth = 4
  ctx.lineJoin = 'round'
  ctx.strokeStyle = HALO
  ctx.fillStyle = '#F1F5F9'
  const write = (text: string, align: CanvasTextAlign, x: number, y: number) => {
    ctx.textAlign = align
    ctx.strokeText(text, x, y)
    ctx.fillText(text, x, y)
  }
  write(left, 'left', EDGE, height / 2)
  write(right, 'right', width - EDGE, height / 2)
  write(top, 'center', width / 2, BELOW_TOOLS)
  write(bottom, 'center', width / 2, height - EDGE)
}

function label(ctx: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  ctx.font = '600 13px Inter, sans-serif'
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  const half = ctx.measureText(text).width / 2 + 7
  ctx.fillStyle = HALO
  ctx.beginPath()
  ctx.roundRect(x - half, y - 11, 2 * half, 22, 5)
  ctx.fill()
  ctx.fillStyle = '#FDE68A'
  ctx.fillText(text, x, y + 0.5)
}
