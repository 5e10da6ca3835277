import { Enums, type StackViewport, type Types } from '@cornerstonejs/core'
import type { Mesh, Vec3 } from '../types'
import { cross, dot, normalize, scale, subtract } from '../vec3'
import { cutMesh } from './cut'
import { imageById } from './loader'
import { pixelPlacer } from './pixels'
import { drawPresentation, isFor, type Presentation } from './presentation'
import { paintLabels, paletteOf, sampleLabels, type LabelLayer, type SegmentLook } from './labels'

/** One outline of a structure, points as x, y, z one after the other (LPS). */
export interface Outline {
  closed: boolean
  points: readonly number[]
}

export interface StructureLook extends SegmentLook {
  outlines: readonly Outline[]
}

export interface LabelOverlay {
  kind: 'labels'
  layers: readonly LabelLayer[]
  segments: readonly SegmentLook[]
}

export interface OutlineOverlay {
  kind: 'outlines'
  structures: readonly StructureLook[]
}

export interface SurfaceLook extends SegmentLook {
  mesh: Pick<Mesh, 'positions' | 'indices'>
}

/** Surfaces, drawn as the lines in which a plane cuts them. */
export interface SurfaceOverlay {
  kind: 'surfaces'
  surfaces: readonly SurfaceLook[]
}

/** What a presentation state has on the images that it names. */
export interface PresentationOverlay {
  kind: 'presentation'
  state: Presentation
}

export type Overlay = LabelOverlay | OutlineOverlay | SurfaceOverlay | PresentationOverlay

/** What lies over the pictures of all panes. */
export interface Layers {
  set(id: string, overlay: Overlay | null): void
  opacity(value: number): void
  /** Draws over this pane whenever it draws. Returns the way to stop. */
  cover(element: HTMLDivElement, viewport: () => Types.IViewport | undefined): () => void
}

/** A sample for so many CSS pixels: finer than the voxels of most label maps, coarse enough for a processor. */
const SAMPLE = 1.5
/** An outline belongs to a plane that lies this near, in mm. */
const NEAR = 1.5
const PARALLEL = 0.99

export function createLayers(): Layers {
  const overlays = new Map<string, Overlay>()
  const covers = new Set<() => void>()
  let opacity = 1

  const redraw = () => {
    for (const draw of covers) draw()
  }

  return {
    set(id, overlay) {
      if (overlay) overlays.set(id, overlay)
      else overlays.delete(id)
      redraw()
    },
    opacity(value) {
      opacity = value
      redraw()
    },
    cover(element, find) {
      const canvas = document.createElement('canvas')
      canvas.setAttribute('aria-hidden', 'true')
      Object.assign(canvas.style, {
        position: 'absolute',
        inset: '0',
        width: '100%',
        height: '100%',
        pointerEvents: 'none',
      })
      const draw = () => {
        if (overlays.size === 0) return canvas.remove()
        const viewport = find()
        if (!viewport) return
        if (!canvas.isConnected) element.append(canvas)
        paint(canvas, element, viewport, [...overlays.values()], opacity)
      }
      covers.add(draw)
      element.addEventListener(Enums.Events.IMAGE_RENDERED, draw)
      return () => {
        covers.delete(draw)
        element.removeEventListener(Enums.Events.IMAGE_RENDERED, draw)
        canvas.remove()
      }
    },
  }
}

function paint(
  canvas: HTMLCanvasElement,
  element: HTMLDivElement,
  viewport: Types.IViewport,
  overlays: readonly Overlay[],
  opacity: number,
): void {
  const { clientWidth, clientHeight } = element
  canvas.width = clientWidth
  canvas.height = clientHeight
  const context = canvas.getContext('2d')
  // A body has no plane to lie on.
  if (!context || clientWidth === 0 || viewport.type === Enums.ViewportType.VOLUME_3D) return
  const world = (x: number, y: number) => viewport.canvasToWorld([x, y]) as Vec3
  const origin = world(0, 0)
  const across = scale(subtract(world(clientWidth, 0), origin), 1 / clientWidth)
  const down = scale(subtract(world(0, clientHeight), origin), 1 / clientHeight)
  const labels = overlays.filter((each) => each.kind === 'labels')
  if (labels.length > 0) {
    const width = Math.ceil(clientWidth / SAMPLE)
    const height = Math.ceil(clientHeight / SAMPLE)
    const image = new ImageData(width, height)
    const step = { origin, across: scale(across, SAMPLE), down: scale(down, SAMPLE), width, height }
    for (const { layers, segments } of labels) {
      const palette = paletteOf(segments)
      for (const layer of layers) paintLabels(image.data, sampleLabels(layer, step), width, palette, opacity)
    }
    const small = new OffscreenCanvas(width, height)
    small.getContext('2d')!.putImageData(image, 0, 0)
    context.imageSmoothingEnabled = true
    context.drawImage(small, 0, 0, width * SAMPLE, height * SAMPLE)
  }
  const normal = normalize(cross(across, down))
  context.globalAlpha = opacity
  context.lineWidth = 1.5
  for (const overlay of overlays) {
    if (overlay.kind === 'outlines') outline(context, viewport, overlay, origin, normal)
    if (overlay.kind === 'surfaces') cut(context, viewport, overlay, origin, normal)
    if (overlay.kind === 'presentation') present(context, viewport, overlay)
  }
}

function present(context: CanvasRenderingContext2D, viewport: Types.IViewport, { state }: PresentationOverlay): void {
  if (viewport.type !== Enums.ViewportType.STACK) return
  const stack = viewport as StackViewport
  const image = imageById(stack.getCurrentImageId() ?? '')
  const place = pixelPlacer(stack)
  if (image && place && isFor(state, image)) drawPresentation({ context, place, image }, state)
}

function cut(
  context: CanvasRenderingContext2D,
  viewport: Types.IViewport,
  { surfaces }: SurfaceOverlay,
  origin: Vec3,
  normal: Vec3,
): void {
  for (const { mesh, color, visible } of surfaces) {
    if (!visible) continue
    const lines = cutMesh(mesh, origin, normal)
    context.strokeStyle = color
    context.beginPath()
    for (let i = 0; i < lines.length; i += 3) {
      const [x, y] = viewport.worldToCanvas([lines[i]!, lines[i + 1]!, lines[i + 2]!])
      if (i % 6 === 0) context.moveTo(x, y)
      else context.lineTo(x, y)
    }
    context.stroke()
  }
}

function outline(
  context: CanvasRenderingContext2D,
  viewport: Types.IViewport,
  { structures }: OutlineOverlay,
  origin: Vec3,
  normal: Vec3,
): void {
  for (const { outlines, color, visible } of structures) {
    if (!visible) continue
    context.strokeStyle = color
    for (const { points, closed } of outlines) {
      if (!isNear(points, origin, normal)) continue
      context.beginPath()
      for (let i = 0; i < points.length; i += 3) {
        const [x, y] = viewport.worldToCanvas([points[i]!, points[i + 1]!, points[i + 2]!])
        if (i === 0) context.moveTo(x, y)
        else context.lineTo(x, y)
      }
      if (closed) context.closePath()
      context.stroke()
    }
  }
}

/** Whether an outline lies in a plane: its first, a middle and its last point do. */
export function isNear(points: readonly number[], origin: Vec3, normal: Vec3): boolean {
  const count = Math.floor(points.length / 3)
  if (count === 0 || Math.abs(dot(normal, normal) - 1) > 1 - PARALLEL) return false
  return [0, Math.floor(count / 2), count - 1].every((i) => {
    const point: Vec3 = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!]
    return Math.abs(dot(normal, subtract(point, origin))) <= NEAR
  })
}
