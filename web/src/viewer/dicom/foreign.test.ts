// @vitest-environment node
import { expect, test } from 'vitest'
import { isAtOdds, isDeepColor, isPlainJpeg, isSegmented, isSubsampled } from './foreign'
import type { Dataset } from './json'

const J2K = '1.2.840.10008.1.2.4.90'
const of = (more: Record<string, string | number>): Dataset =>
  Object.fromEntries(Object.entries(more).map(([tag, value]) => [tag, { vr: 'XX', Value: [value] }]))

test('colours in more than eight bits, in segments, or for every second pixel', () => {
  expect(isDeepColor(of({ '00280002': 3, '00280100': 16 }))).toBe(true)
  expect(isDeepColor(of({ '00280002': 3, '00280100': 8 }))).toBe(false)
  expect(isDeepColor(of({ '00280002': 1, '00280100': 16 }))).toBe(false)
  expect(isSegmented(of({ '00280004': 'PALETTE COLOR' }))).toBe(true)
  expect(isSegmented(of({ '00280004': 'PALETTE COLOR', '00281201': 1 }))).toBe(false)
  expect(isSubsampled(of({ '00280004': 'YBR_FULL_422' }), '1.2.840.10008.1.2.1')).toBe(true)
  expect(isSubsampled(of({ '00280004': 'YBR_FULL_422' }), '1.2.840.10008.1.2.4.50')).toBe(false)
  expect(isSubsampled(of({ '00280004': 'YBR_FULL' }), '1.2.840.10008.1.2.1')).toBe(false)
  expect(isPlainJpeg(of({ '00280004': 'RGB' }), '1.2.840.10008.1.2.4.50')).toBe(true)
  expect(isPlainJpeg(of({ '00280004': 'YBR_FULL_422' }), '1.2.840.10008.1.2.4.50')).toBe(false)
  expect(isPlainJpeg(of({ '00280004': 'RGB' }), '1.2.840.10008.1.2.4.70')).toBe(false)
})

test('a codestream that counts with another sign than its header', () => {
  const stream = (size: number) => {
    const bytes = new Uint8Array(50)
    bytes.set([0xff, 0x4f, 0xff, 0x51])
    bytes[42] = size
    return bytes
  }
  const signed = of({ '00280103': 1 })
  expect(isAtOdds(signed, J2K, stream(12))).toBe(true)
  expect(isAtOdds(signed, J2K, stream(0x80 | 12))).toBe(false)
  expect(isAtOdds(of({}), J2K, stream(0x80 | 12))).toBe(true)
  expect(isAtOdds(of({}), J2K, stream(11))).toBe(false)
  expect(isAtOdds(signed, '1.2.840.10008.1.2.5', stream(12))).toBe(false)
  expect(isAtOdds(signed, J2K, new Uint8Array(50))).toBe(false)
})
