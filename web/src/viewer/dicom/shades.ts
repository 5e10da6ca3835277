import { Enums, type StackViewport, type Types } from '@cornerstonejs/core'
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction'
import type { Image } from './images'
import { items, numbers, TAG, text, values, type Dataset } from './json'
import { rangeOfWindow, type Window } from './windows'

/** How bright values are from `first` to `last`, at evenly spaced points: 0 is black, 1 white. */
export interface Curve {
  first: number
  last: number
  grays: readonly number[]
}

/** How values become grey (PS3.3 C.11.2): by a window, in a line or an S, or by a curve that a table gives. */
export type Shades = { kind: 'linear' | 'sigmoid'; window: Window } | { kind: 'curve'; curve: Curve }

export const shadesOfWindow = (window: Window, saidFunction?: string): Shades => ({
  kind: saidFunction === 'SIGMOID' ? 'sigmoid' : 'linear',
  window,
})

const MOST_POINTS = 512

export interface Proposed {
  /** As the maker calls it. */
  name: string | null
  shades: Shades
}

/** All that an image proposes: its windows, then its tables; none for colours. */
export function proposedShades({ color, dataset }: Pick<Image, 'color' | 'dataset'>): Proposed[] {
  if (color) return []
  const centers = numbers(dataset, TAG.windowCenter)
  const names = values(dataset, TAG.windowNames)
  const nameOf = (name: unknown) => (typeof name === 'string' && name.trim()) || null
  const windows = numbers(dataset, TAG.windowWidth).flatMap((width, i): Proposed[] => {
    const center = centers[i]
    if (center === undefined || width <= 0) return []
    const shades = shadesOfWindow({ center, width }, text(dataset, TAG.voiFunction))
    return [{ name: nameOf(names[i]), shades }]
  })
  const tables = items(dataset, TAG.voiTables).flatMap((table): Proposed[] => {
    const curve = curveOf(table)
    return curve ? [{ name: text(table, TAG.lutName) ?? null, shades: { kind: 'curve', curve } }] : []
  })
  return [...windows, ...tables]
}

/** What the image asks for first: its window, else its table. */
export const shadesOfImage = (image: Image): Shades | null => proposedShades(image)[0]?.shades ?? null

function curveOf(table: Dataset): Curve | null {
  const [said = 0, first = 0, bits = 16] = numbers(table, TAG.lutDescriptor)
  const count = said || 65536 // which sixteen bits cannot say
  const entries = values(table, TAG.lutData) as number[]
  if (count < 2 || entries.length < count) return null
  const points = Math.min(count, MOST_POINTS)
  const at = (point: number) => entries[Math.round((point * (count - 1)) / (points - 1))]!
  const white = 2 ** bits - 1
  return {
    first,
    last: first + count - 1,
    grays: Array.from({ length: points }, (_, point) => Math.min(1, at(point) / white)),
  }
}

export function isEqual(a: Shades, b: Shades | null): boolean {
  if (a.kind !== 'curve') {
    return b?.kind === a.kind && a.window.center === b.window.center && a.window.width === b.window.width
  }
  const other = b?.kind === 'curve' ? b.curve : null
  const { first, last, grays } = a.curve
  return first === other?.first && last === other.last && grays.every((gray, point) => gray === other.grays[point])
}

const LINE: readonly number[] = [0, 1]
const bent = new WeakSet<object>()

/** Gives a viewport its shades; whoever changes the window afterwards stretches the curve. */
export function shade(viewport: StackViewport, shades: Shades): void {
  const [lower, upper] = shades.kind === 'curve' ? [shades.curve.first, shades.curve.last] : ends(shades.window)
  const VOILUTFunction =
    shades.kind === 'sigmoid' ? Enums.VOILUTFunctionType.SAMPLED_SIGMOID : Enums.VOILUTFunctionType.LINEAR
  viewport.setProperties({ VOILUTFunction, voiRange: { lower, upper } })
  if (shades.kind === 'curve') bend(viewport, shades.curve.grays, lower, upper)
  else if (shades.kind === 'linear' && isBent(viewport)) bend(viewport, LINE, lower, upper)
}

const ends = (window: Window): readonly [number, number] => {
  const { lower, upper } = rangeOfWindow(window)
  return [lower, upper]
}

const propertyOf = (viewport: StackViewport) =>
  (viewport.getDefaultActor()?.actor as Types.ImageActor | undefined)?.getProperty()

/** Whether a table's curve is what a viewport draws by; Cornerstone makes a line of its own for another kind of image. */
export const isBent = (viewport: StackViewport): boolean => {
  const drawnBy = propertyOf(viewport)?.getRGBTransferFunction(0)
  return Boolean(drawnBy && bent.has(drawnBy))
}

function bend(viewport: StackViewport, grays: readonly number[], lower: number, upper: number): void {
  const curve = vtkColorTransferFunction.newInstance()
  const inverted = viewport.getProperties().invert ?? false
  grays.forEach((gray, point) => {
    const shown = inverted ? 1 - gray : gray
    curve.addRGBPoint(lower + (point * (upper - lower)) / (grays.length - 1), shown, shown, shown)
  })
  if (grays !== LINE) bent.add(curve)
  propertyOf(viewport)?.setRGBTransferFunction(0, curve)
}
