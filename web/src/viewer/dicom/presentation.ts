import type { Image } from './images'
import { boxOf, type Pixel } from './pixels'
import { shadesOfWindow, type Curve, type Shades } from './shades'

/** An image, or some frames of it; no frames are all of them. */
export interface ImageReference {
  sop_uid: string
  frames: readonly number[]
}

interface OnImages {
  images: readonly ImageReference[]
}

export interface Graphic extends OnImages {
  type: 'POINT' | 'POLYLINE' | 'INTERPOLATED' | 'CIRCLE' | 'ELLIPSE'
  points: readonly Pixel[]
  /** PIXEL: column and row, the corner of the first pixel being 0, 0; DISPLAY: shares of the displayed area. */
  units: string
  filled: boolean
}

export interface GraphicText extends OnImages {
  text: string
  anchor: Pixel | null
  anchor_units: string
  anchor_visible: boolean
  box: readonly [Pixel, Pixel] | null
  box_units: string
}

export interface DisplayedArea extends OnImages {
  /** Columns and rows from 1. */
  top_left: Pixel
  bottom_right: Pixel
}

export interface Voi extends OnImages {
  center: number | null
  width: number | null
  /** LINEAR, LINEAR_EXACT, SIGMOID, or LUT with a curve. */
  function: string
  curve: Curve | null
}

/** What is seen; all around it is black. Centre and corners are rows and columns. */
export type Shutter =
  | { shape: 'RECTANGULAR'; left: number; right: number; top: number; bottom: number }
  | { shape: 'CIRCULAR'; center: readonly number[]; radius: number }
  | { shape: 'POLYGONAL'; vertices: readonly number[] }

/** A presentation state (PS3.3 A.33): how somebody wanted images to be seen, and what they drew on them. */
export interface Presentation extends OnImages {
  rotation: number
  flip_horizontal: boolean
  inverse: boolean
  graphics: readonly Graphic[]
  texts: readonly GraphicText[]
  areas: readonly DisplayedArea[]
  vois: readonly Voi[]
  shutters: readonly Shutter[]
}

/** How one image is to be seen. */
export interface Look {
  /** Of each image, where a window or a table is given for it. */
  shadesOf: (image: Which) => Shades | null
  inverse: boolean
  /** Degrees clockwise, after the mirror. */
  rotation: number
  flipHorizontal: boolean
  /** The corners of the part that fills the pane. */
  area: readonly [Pixel, Pixel] | null
}

type Which = Pick<Image, 'sopUid' | 'frame'>

/** Whether something in a presentation state is meant for an image; what names none is meant for all. */
export const isFor = ({ images }: OnImages, { sopUid, frame }: Which): boolean =>
  images.length === 0 ||
  images.some(({ sop_uid, frames }) => sop_uid === sopUid && (frames.length === 0 || frames.includes(frame)))

export function lookOf(state: Presentation, image: Which): Look {
  const { rotation, flip_horizontal: flipHorizontal, inverse } = state
  const area = state.areas.find((each) => isFor(each, image))
  // The standard turns before it mirrors (C.10.6), a viewport mirrors before it turns.
  const turned = flipHorizontal ? (360 - rotation) % 360 : rotation
  return {
    shadesOf: (each) => shadesOf(state, each),
    inverse,
    flipHorizontal,
    rotation: turned,
    area: area ? cornersOf(area) : null,
  }
}

/** What names the image goes before what is meant for all (C.11.8). */
function shadesOf({ vois }: Presentation, image: Which): Shades | null {
  const found = vois.filter((each) => isFor(each, image))
  const voi = found.find(({ images }) => images.length > 0) ?? found[0]
  if (voi?.curve) return { kind: 'curve', curve: voi.curve }
  return voi?.center != null && voi.width
    ? shadesOfWindow({ center: voi.center, width: voi.width }, voi.function)
    : null
}

/** Displayed areas count pixels from 1 and include the last. */
const cornersOf = ({ top_left: [left, top], bottom_right }: DisplayedArea): readonly [Pixel, Pixel] => [
  [left - 1, top - 1],
  bottom_right,
]

export interface Drawing {
  context: CanvasRenderingContext2D
  /** From columns and rows of the image to the canvas. */
  place: (point: Pixel) => Pixel
  image: Image
}

const COLOR = '#ffd64a'
const DOT = 2.5
const LINE = 16

/** Draws what a presentation state has on an image. */
export function drawPresentation({ context, place, image }: Drawing, state: Presentation): void {
  const display = displayOf(state, image, place)
  const at = (point: Pixel, units: string) => (units === 'DISPLAY' ? display(point) : place(point))
  for (const each of state.shutters) shut(context, each, place)
  context.strokeStyle = COLOR
  context.fillStyle = COLOR
  for (const graphic of state.graphics) {
    if (isFor(graphic, image))
      trace(
        context,
        graphic,
        graphic.points.map((point) => at(point, graphic.units)),
      )
  }
  context.font = '13px Inter, sans-serif'
  context.textBaseline = 'top'
  for (const text of state.texts) {
    if (isFor(text, image)) write(context, text, at)
  }
}

/** Shares of the displayed area lie on the screen as it is seen, not as the image was stored. */
function displayOf(state: Presentation, image: Image, place: Drawing['place']): Drawing['place'] {
  const area = state.areas.find((each) => isFor(each, image))
  const [from, to] = area
    ? cornersOf(area)
    : ([
        [0, 0],
        [image.columns, image.rows],
      ] as const)
  const { left, top, width, height } = boxOf(place(from), place(to))
  return ([x, y]) => [left + x * width, top + y * height]
}

/** Blackens everything but the open part. */
function shut(context: CanvasRenderingContext2D, shutter: Shutter, place: Drawing['place']): void {
  const { width, height } = context.canvas
  context.beginPath()
  context.rect(0, 0, width, height)
  if (shutter.shape === 'CIRCULAR') {
    const [row = 0, column = 0] = shutter.center
    const middle = place([column, row])
    const radius = distance(middle, place([column + shutter.radius, row]))
    context.moveTo(middle[0] + radius, middle[1])
    context.arc(...middle, radius, 0, 2 * Math.PI)
  } else {
    cornersOfShutter(shutter)
      .map(place)
      .forEach((corner, i) => (i === 0 ? context.moveTo(...corner) : context.lineTo(...corner)))
  }
  context.closePath()
  context.save()
  // how opaque overlays are is a matter of taste, a shutter is not
  context.globalAlpha = 1
  context.fillStyle = '#000'
  context.fill('evenodd')
  context.restore()
}

function cornersOfShutter(shutter: Exclude<Shutter, { shape: 'CIRCULAR' }>): Pixel[] {
  if (shutter.shape === 'RECTANGULAR') {
    const { left, right, top, bottom } = shutter
    return [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]
  }
  const { vertices } = shutter
  return Array.from({ length: vertices.length >> 1 }, (_, i) => [vertices[2 * i + 1]!, vertices[2 * i]!])
}

function trace(context: CanvasRenderingContext2D, { type, filled }: Graphic, points: readonly Pixel[]): void {
  const [first, second = first, third = first, fourth = third] = points
  if (!first || !second || !third || !fourth) return
  context.beginPath()
  if (type === 'POINT') context.arc(...first, DOT, 0, 2 * Math.PI)
  else if (type === 'CIRCLE') context.arc(...first, distance(first, second), 0, 2 * Math.PI)
  else if (type === 'ELLIPSE') {
    // the ends of the long axis, then of the short one
    const angle = Math.atan2(second[1] - first[1], second[0] - first[0])
    const middle = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2] as const
    context.ellipse(...middle, distance(first, second) / 2, distance(third, fourth) / 2, angle, 0, 2 * Math.PI)
  } else points.forEach((point, i) => (i === 0 ? context.moveTo(...point) : context.lineTo(...point)))
  if (filled || type === 'POINT') context.fill()
  context.stroke()
}

const distance = (a: Pixel, b: Pixel): number => Math.hypot(b[0] - a[0], b[1] - a[1])

function write(context: CanvasRenderingContext2D, text: GraphicText, at: (point: Pixel, units: string) => Pixel): void {
  const anchor = text.anchor && at(text.anchor, text.anchor_units)
  const corners = text.box?.map((corner) => at(corner, text.box_units))
  const beside = anchor && ([anchor[0] + 6, anchor[1] + 6] as const)
  const from = corners ? ([0, 1] as const).map((axis) => Math.min(corners[0]![axis], corners[1]![axis])) : beside
  if (!from) return
  const lines = text.text.split(/\r?\n/)
  if (corners && anchor && text.anchor_visible) {
    context.beginPath()
    context.moveTo(from[0], from[1] + LINE * lines.length)
    context.lineTo(...anchor)
    context.stroke()
  }
  context.save()
  context.shadowColor = '#000'
  context.shadowBlur = 3
  lines.forEach((line, i) => context.fillText(line, from[0], from[1] + i * LINE))
  context.restore()
}
