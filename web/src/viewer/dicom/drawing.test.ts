import { describe, expect, it } from 'vitest'
import { enoughOf } from './drawing'
import type { Pixel } from './pixels'

const enlarged =
  (across: number, down = across) =>
  ([x, y]: Pixel): Pixel => [100 + x * across, 20 + y * down]

describe('enoughOf', () => {
  it('keeps a pixel for each of the image', () => {
    expect(enoughOf(enlarged(1.25), 1)).toBe(0.8)
    expect(enoughOf(([x, y]) => [y * -1.6, x * 1.6], 1)).toBe(0.625)
  })
  it('goes by the side on which pixels are narrower', () => {
    expect(enoughOf(enlarged(2, 1.25), 1)).toBe(0.8)
  })
  it('counts the pixels of the screen, not those of the page', () => {
    expect(enoughOf(enlarged(0.8), 2)).toBeCloseTo(0.625)
  })
  it('never draws more than is shown, nor less than half', () => {
    expect(enoughOf(enlarged(0.5), 1)).toBe(1)
    expect(enoughOf(enlarged(9), 1)).toBe(0.5)
  })
})
