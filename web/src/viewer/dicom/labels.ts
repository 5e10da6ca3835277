import type { Vec3 } from '../types'
import { dot, scale, subtract } from '../vec3'

/** A label map: voxels (slice, row, column) whose values are the numbers of segments. */
export interface LabelLayer {
  /** Columns, rows, slices. */
  size: readonly [number, number, number]
  /** mm along the three directions. */
  spacing: Vec3
  /** The centre of the first voxel, LPS. */
  origin: Vec3
  /** The unit vectors of columns, rows and slices, one after the other. */
  direction: readonly number[]
  data: Uint8Array | Uint16Array
}

/** A piece of a plane: where its first sample lies, and the step to the next one across and down. */
export interface Sampling {
  origin: Vec3
  across: Vec3
  down: Vec3
  width: number
  height: number
}

export interface SegmentLook {
  number: number
  /** `#RRGGBB` */
  color: string
  visible: boolean
}

const FILL = 0.35
const OUTLINE = 0.95

const axis = (layer: LabelLayer, i: 0 | 1 | 2): Vec3 => [
  layer.direction[3 * i]!,
  layer.direction[3 * i + 1]!,
  layer.direction[3 * i + 2]!,
]

/** The segments' numbers on a plane, sampled at the nearest voxel; 0 where there is none. */
export function sampleLabels(layer: LabelLayer, { origin, across, down, width, height }: Sampling): Uint16Array {
  const found = new Uint16Array(width * height)
  const [columns, rows, slices] = layer.size
  const away = subtract(origin, layer.origin)
  // Everything is linear: the voxel of a sample is a start and two steps, in units of voxels.
  const axes = ([0, 1, 2] as const).map((i) => scale(axis(layer, i), 1 / layer.spacing[i]))
  const [startX, startY, startZ] = axes.map((a) => dot(a, away) + 0.5) as [number, number, number]
  const [acrossX, acrossY, acrossZ] = axes.map((a) => dot(a, across)) as [number, number, number]
  const [downX, downY, downZ] = axes.map((a) => dot(a, down)) as [number, number, number]
  const { data } = layer
  let at = 0
  for (let y = 0; y < height; y += 1) {
    let i = startX + y * downX
    let j = startY + y * downY
    let k = startZ + y * downZ
    for (let x = 0; x < width; x += 1, at += 1) {
      const column = Math.floor(i)
      const row = Math.floor(j)
      const slice = Math.floor(k)
      if (column >= 0 && row >= 0 && slice >= 0 && column < columns && row < rows && slice < slices) {
        found[at] = data[(slice * rows + row) * columns + column]!
      }
      i += acrossX
      j += acrossY
      k += acrossZ
    }
  }
  return found
}

/** Little-endian RGBA of each segment's number, without its opacity. */
export function paletteOf(segments: readonly SegmentLook[]): Uint32Array {
  const palette = new Uint32Array(Math.max(0, ...segments.map(({ number }) => number)) + 1)
  for (const { number, color, visible } of segments) {
    if (!visible) continue
    const rgb = Number.parseInt(color.slice(1), 16)
    palette[number] = ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16) | 0x1000000
  }
  return palette
}

/** Paints sampled numbers over what is there already: filled faintly, with a firm outline. */
export function paintLabels(
  into: Uint8ClampedArray,
  numbers: Uint16Array,
  width: number,
  palette: Uint32Array,
  opacity: number,
): void {
  const fill = Math.round(255 * FILL * opacity)
  const outline = Math.round(255 * Math.min(1, OUTLINE * opacity))
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at]!
    if (number === 0) continue
    const color = palette[number] ?? 0
    if (color === 0) continue
    const isEdge =
      numbers[at - 1] !== number ||
      numbers[at + 1] !== number ||
      numbers[at - width] !== number ||
      numbers[at + width] !== number
    const to = 4 * at
    into[to] = color & 0xff
    into[to + 1] = (color >> 8) & 0xff
    into[to + 2] = (color >> 16) & 0xff
    into[to + 3] = isEdge ? outline : fill
  }
}
