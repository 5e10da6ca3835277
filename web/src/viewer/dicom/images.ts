import type { Vec3 } from '../types'
import { dot } from '../vec3'
import { depthOf, hangingTurn, isParallel, normalOf, type Plane, type Turn } from './geometry'
import { items, number, numbers, TAG, text, values, type Dataset } from './json'
import type { Window } from './windows'

/** One frame: what a pane shows at a time. */
export interface Image {
  sopUid: string
  /** From 1. */
  frame: number
  instanceNumber: number | null
  rows: number
  columns: number
  /** Null where the image does not say where it lies, as in ultrasound and photographs. */
  plane: Plane | null
  frameOfReference: string | null
  color: boolean
  /** What the scanner proposes. */
  window: Window | null
  bytes: number
  /** The attributes of this frame, functional groups merged. */
  dataset: Dataset
}

/** Images that are scrolled as one: a series, or the part of one that has the same orientation and size. */
export interface Stack {
  id: string
  seriesUid: string
  modality: string
  description: string | null
  number: number | null
  bodyPart: string | null
  images: Image[]
  /** Milliseconds between the frames of a moving picture; null for slices. */
  frameTime: number | null
}

/** Objects with no pixels to look at: structured reports, segmentations, plans, presentation states. */
export const hasPixels = (ds: Dataset): boolean =>
  ds[TAG.rows] !== undefined && ds[TAG.columns] !== undefined && text(ds, TAG.modality) !== 'SEG'

/** Sequences whose single item holds the attributes of a frame; the rest of a group stays where it is. */
const isGroup = (tag: string) => tag !== TAG.frameGroups && tag !== TAG.sharedGroups

function frameDataset(ds: Dataset, shared: Dataset, frame: Dataset | undefined): Dataset {
  const merged: Dataset = { ...ds }
  delete merged[TAG.frameGroups]
  delete merged[TAG.sharedGroups]
  delete merged[TAG.frames]
  for (const groups of [shared, frame ?? {}]) {
    for (const [tag, element] of Object.entries(groups)) {
      const [item] = element?.vr === 'SQ' && isGroup(tag) ? items(groups, tag) : []
      if (item) Object.assign(merged, item)
    }
  }
  return merged
}

const vector = (found: number[], from = 0): Vec3 | null =>
  found.length >= from + 3 ? [found[from]!, found[from + 1]!, found[from + 2]!] : null

function planeOf(ds: Dataset): Plane | null {
  const position = vector(numbers(ds, TAG.position))
  const directions = numbers(ds, TAG.orientation)
  const row = vector(directions)
  const column = vector(directions, 3)
  const [between = 1, along = 1] = numbers(ds, TAG.spacing)
  if (!(between > 0 && along > 0)) return null
  return position && row && column && { position, row, column, spacing: [between, along] }
}

function imageOf(ds: Dataset, frame: number): Image {
  const rows = number(ds, TAG.rows) ?? 0
  const columns = number(ds, TAG.columns) ?? 0
  const samples = number(ds, TAG.samples) ?? 1
  const center = number(ds, TAG.windowCenter)
  const width = number(ds, TAG.windowWidth)
  const color = samples > 1 || text(ds, TAG.photometric) === 'PALETTE COLOR'
  return {
    sopUid: text(ds, TAG.sopUid) ?? '',
    frame,
    instanceNumber: number(ds, TAG.instanceNumber) ?? null,
    rows,
    columns,
    plane: planeOf(ds),
    frameOfReference: text(ds, TAG.frameOfReference) ?? null,
    color,
    window: center !== undefined && width !== undefined && width > 0 ? { center, width } : null,
    bytes: rows * columns * (color ? 4 : Math.max(1, Math.ceil((number(ds, TAG.bitsAllocated) ?? 16) / 8))),
    dataset: ds,
  }
}

/** Every frame of an object; none of one that has no pixels. */
export function imagesOf(ds: Dataset): Image[] {
  if (!hasPixels(ds)) return []
  const count = Math.max(1, number(ds, TAG.frames) ?? 1)
  const perFrame = items(ds, TAG.frameGroups)
  const shared = items(ds, TAG.sharedGroups)[0] ?? {}
  return Array.from({ length: count }, (_, i) => imageOf(frameDataset(ds, shared, perFrame[i]), i + 1))
}

/** By the place along the normal where there is one, else by number; two at one place keep the order of numbers. */
function inOrder(images: Image[]): Image[] {
  const byNumber = (a: Image, b: Image) => (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0) || a.frame - b.frame
  const sorted = [...images].sort(byNumber)
  const first = sorted[0]?.plane
  if (!first || sorted.some(({ plane }) => !plane)) return sorted
  // Feet to head is scrolled from the head down, as the images lie on a light box: numbers say which way that is.
  const along = (image: Image) => dot(image.plane!.position, normalOf(first))
  const spread = new Set(sorted.map((image) => along(image).toFixed(2))).size
  if (spread < 2) return sorted
  const forwards = along(sorted.at(-1)!) >= along(sorted[0]!)
  return sorted.sort((a, b) => (forwards ? along(a) - along(b) : along(b) - along(a)) || byNumber(a, b))
}

function fitTogether(a: Image, b: Image): boolean {
  if (a.rows !== b.rows || a.columns !== b.columns || a.color !== b.color) return false
  return a.plane && b.plane ? isParallel(a.plane, b.plane) : a.plane === b.plane
}

/** The stacks of a series: localizers of several directions, and frames of other sizes, are scrolled apart. */
export function stacksOf(seriesUid: string, metadata: readonly Dataset[]): Stack[] {
  const groups: Image[][] = []
  for (const ds of metadata) {
    const images = imagesOf(ds)
    const moves = images.length > 1 && images[0]!.plane === null
    const group = moves ? undefined : groups.find(([first]) => first && images[0] && fitTogether(first, images[0]))
    if (group) group.push(...images)
    else if (images.length > 0) groups.push(images)
  }
  return groups.map((images, index) => {
    const ordered = inOrder(images)
    const ds = ordered[0]!.dataset
    return {
      id: index === 0 ? seriesUid : `${seriesUid}#${index}`,
      seriesUid,
      modality: text(ds, TAG.modality) ?? 'OT',
      description: text(ds, TAG.seriesDescription) ?? null,
      number: number(ds, TAG.seriesNumber) ?? null,
      bodyPart: text(ds, TAG.bodyPart) ?? null,
      images: ordered,
      frameTime: frameTimeOf(ds, ordered),
    }
  })
}

function frameTimeOf(ds: Dataset, images: Image[]): number | null {
  if (images.length < 2 || images[0]!.plane) return null
  const rate = number(ds, TAG.recommendedRate) ?? number(ds, TAG.cineRate)
  return number(ds, TAG.frameTime) ?? (rate ? 1000 / rate : null)
}

/** The proposed window's name, as scanners give several: the first. */
export const windowName = (image: Image): string | null => text(image.dataset, TAG.windowNames) ?? null

export const isLossy = (image: Image): boolean => text(image.dataset, TAG.lossy) === '01'

/** Where the image lies along its normal, in mm. */
export const locationOf = (image: Image): number | null => (image.plane ? depthOf(image.plane) : null)

export const hasRescale = (ds: Dataset): boolean => values(ds, TAG.slope).length > 0

const SECTIONAL = new Set(['CT', 'MR', 'PT', 'NM'])

/**
 * How a slice is turned before anybody asks. Prone and lateral patients stay as they were scanned: the table below is
 * how a reader sees it.
 */
export function firstTurn({ modality, images }: Stack): Turn | null {
  const [image] = images
  const lying = image && text(image.dataset, TAG.patientPosition)
  if (!image?.plane || !SECTIONAL.has(modality) || (lying && !/^(HFS|FFS)$/.test(lying))) return null
  return hangingTurn(image.plane)
}
