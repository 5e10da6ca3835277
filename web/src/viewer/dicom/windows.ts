export interface Window {
  width: number
  center: number
}

export interface WindowPreset extends Window {
  name: PresetName
  /** The digit that chooses it. */
  key: string
}

export type PresetName = 'abdomen' | 'lung' | 'bone' | 'brain' | 'mediastinum' | 'liver'

/** For CT, in HU. */
export const CT_PRESETS: readonly WindowPreset[] = [
  { name: 'abdomen', key: '1', width: 400, center: 40 },
  { name: 'lung', key: '2', width: 1500, center: -600 },
  { name: 'bone', key: '3', width: 2000, center: 400 },
  { name: 'brain', key: '4', width: 80, center: 40 },
  { name: 'mediastinum', key: '5', width: 350, center: 50 },
  { name: 'liver', key: '6', width: 160, center: 60 },
]

/** The window whose ends are these values. */
export const windowOfRange = (lower: number, upper: number): Window => ({
  width: Math.max(1, upper - lower),
  center: (upper + lower) / 2,
})

/** The lowest and the highest value that a window tells apart. */
export const rangeOfWindow = ({ width, center }: Window): { lower: number; upper: number } => ({
  lower: center - width / 2,
  upper: center + width / 2,
})

/** Whatever is fainter or brighter than all but this share of the pixels does not stretch the window. */
const TAIL = 0.02

/** A window that shows the contrast of these pixels: from their 2nd to their 98th percentile. */
export function windowOfPixels(pixels: ArrayLike<number>): Window | null {
  if (pixels.length === 0) return null
  const sorted = Float32Array.from(pixels).sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  return windowOfRange(at(TAIL), at(1 - TAIL))
}
