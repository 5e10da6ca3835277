import { describe, expect, it } from 'vitest'
import { imagesOf } from './images'
import type { Dataset } from './json'
import { isEqual, proposedShades, shadesOfImage, type Shades } from './shades'

const film = (more: Dataset): Dataset => ({
  '00280010': { vr: 'US', Value: [2] },
  '00280011': { vr: 'US', Value: [2] },
  ...more,
})
const of = (more: Dataset) => shadesOfImage(imagesOf(film(more))[0]!)
const table = (descriptor: number[], data: number[]): Dataset => ({
  '00283010': {
    vr: 'SQ',
    Value: [{ '00283002': { vr: 'SS', Value: descriptor }, '00283006': { vr: 'US', Value: data } }],
  },
})
const window: Dataset = { '00281050': { vr: 'DS', Value: [40] }, '00281051': { vr: 'DS', Value: [400] } }

describe('how values become grey', () => {
  it('is by the window that the image has, in a line or an S', () => {
    expect(of(window)).toEqual({ kind: 'linear', window: { center: 40, width: 400 } })
    const bent = { ...window, '00281056': { vr: 'CS', Value: ['SIGMOID'] } }
    expect(of(bent)).toMatchObject({ kind: 'sigmoid' })
    expect(of({ ...window, ...table([3, 0, 8], [0, 51, 255]) })).toMatchObject({ kind: 'linear' })
  })

  it('is by its table where it has no window', () => {
    const curve = { first: -1, last: 1, grays: [0, 0.2, 1] }
    expect(of(table([3, -1, 8], [0, 51, 255]))).toEqual({ kind: 'curve', curve })
    expect(of(table([3, -1, 8], [0, 51]))).toBeNull()
    expect(of({})).toBeNull()
  })

  it('may be by any that the image proposes, under the name that its maker gave it', () => {
    const several: Dataset = {
      '00281050': { vr: 'DS', Value: [40, 300] },
      '00281051': { vr: 'DS', Value: [400, 1500] },
      '00281055': { vr: 'LO', Value: ['SOFT', 'BONE'] },
      ...table([3, 0, 8], [0, 51, 255]),
    }
    const proposed = proposedShades(imagesOf(film(several))[0]!)
    expect(proposed.map(({ name }) => name)).toEqual(['SOFT', 'BONE', null])
    expect(proposed.map(({ shades }) => shades.kind)).toEqual(['linear', 'linear', 'curve'])
    expect(proposed[1]!.shades).toMatchObject({ window: { center: 300, width: 1500 } })
  })

  it('is the same where window or curve are', () => {
    const line: Shades = { kind: 'linear', window: { center: 1, width: 2 } }
    const curve = (grays: number[]): Shades => ({ kind: 'curve', curve: { first: 0, last: 9, grays } })
    expect(isEqual(line, { ...line })).toBe(true)
    expect(isEqual(line, null)).toBe(false)
    expect(isEqual(line, { kind: 'sigmoid', window: line.window })).toBe(false)
    expect(isEqual(curve([0, 1]), curve([0, 1]))).toBe(true)
    expect(isEqual(curve([0, 1]), curve([0, 0.5]))).toBe(false)
  })
})
