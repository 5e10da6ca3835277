// @vitest-environment node
import { expect, test, vi } from 'vitest'
import { imagesOf, stacksOf, type Stack } from './images'
import type { Dataset } from './json'
import { commandOf, KEYMAP } from './keymap'
import { fitsAsVolume, memoryBudget, prefetchReach } from './memory'
import { firstPart, MultipartError, parameter } from './multipart'
import { centreOut, createPrefetcher } from './prefetch'
import { matchingRows, tagRows } from './tags'
import { CT_PRESETS, rangeOfWindow, windowOfPixels, windowOfRange } from './windows'

const slice = (z: number, number: number, extra: Dataset = {}): Dataset => ({
  '00080018': { vr: 'UI', Value: [`1.2.${number}`] },
  '00080060': { vr: 'CS', Value: ['CT'] },
  '00200013': { vr: 'IS', Value: [number] },
  '00200032': { vr: 'DS', Value: [0, 0, z] },
  '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
  '00280010': { vr: 'US', Value: [4] },
  '00280011': { vr: 'US', Value: [6] },
  '00280030': { vr: 'DS', Value: ['0.5', '0.75'] },
  '00280100': { vr: 'US', Value: [16] },
  '00281050': { vr: 'DS', Value: [40, 400] },
  '00281051': { vr: 'DS', Value: [400, 2000] },
  ...extra,
})

test('slices are sorted by their place in the patient, in the direction of their numbers', () => {
  const [stack] = stacksOf('1.9', [slice(6, 1), slice(0, 3), slice(3, 2)])
  expect(stack!.images.map(({ plane }) => plane!.position[2])).toEqual([6, 3, 0])
  expect(stack!.images[0]).toMatchObject({ window: { center: 40, width: 400 }, rows: 4, columns: 6, color: false })
  expect(stack!.images[0]!.plane!.spacing).toEqual([0.5, 0.75])
})

test('other directions and sizes are stacks of their own', () => {
  const coronal = slice(0, 4, { '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 0, -1] } })
  const large = slice(0, 5, { '00280010': { vr: 'US', Value: [512] } })
  const stacks = stacksOf('1.9', [slice(0, 1), slice(3, 2), coronal, large])
  expect(stacks.map(({ id, images }) => [id, images.length])).toEqual([
    ['1.9', 2],
    ['1.9#1', 1],
    ['1.9#2', 1],
  ])
})

test('frames of an enhanced object have the attributes of their functional groups', () => {
  const frame = (z: number) => ({ '00209113': { vr: 'SQ', Value: [{ '00200032': { vr: 'DS', Value: [0, 0, z] } }] } })
  const enhanced = slice(0, 1, {
    '00280008': { vr: 'IS', Value: ['2'] },
    '52009229': {
      vr: 'SQ',
      Value: [{ '00289110': { vr: 'SQ', Value: [{ '00280030': { vr: 'DS', Value: [2, 3] } }] } }],
    },
    '52009230': { vr: 'SQ', Value: [frame(10), frame(20)] },
  })
  const images = imagesOf(enhanced)
  expect(images.map(({ frame: n, plane }) => [n, plane!.position[2], plane!.spacing])).toEqual([
    [1, 10, [2, 3]],
    [2, 20, [2, 3]],
  ])
  expect(images[0]!.dataset['52009230']).toBeUndefined()
})

test('moving pictures keep their pace, and objects without pixels are left out', () => {
  const moving = slice(0, 1, {
    '00200032': undefined,
    '00200037': undefined,
    '00280008': { vr: 'IS', Value: [30] },
    '00181063': { vr: 'DS', Value: ['40'] },
  })
  const [stack] = stacksOf('1.9', [moving])
  expect(stack).toMatchObject({ frameTime: 40 })
  expect(stack!.images).toHaveLength(30)
  expect(stacksOf('1.9', [{ '00080060': { vr: 'CS', Value: ['SR'] } }])).toEqual([])
})

test('images are fetched from the shown one outwards', () => {
  expect(centreOut(5, 2)).toEqual([2, 3, 1, 4, 0])
  expect(centreOut(5, 0)).toEqual([0, 1, 2, 3, 4])
  expect(centreOut(5, 4, 3)).toEqual([4, 3, 2])
  expect(centreOut(0, 0)).toEqual([])
})

test('a few images are fetched at once, known ones not at all, and a new centre changes the order', async () => {
  const asked: number[] = []
  const done = new Map<number, () => void>()
  const prefetcher = createPrefetcher({
    atOnce: 2,
    isLoaded: (i) => i === 3,
    load: (i) => {
      asked.push(i)
      return new Promise<void>((resolve) => done.set(i, resolve))
    },
  })
  prefetcher.around(10, 2)
  expect(asked).toEqual([2, 1])
  prefetcher.around(10, 8)
  done.get(2)!()
  await vi.waitFor(() => expect(asked).toEqual([2, 1, 8]))
  prefetcher.stop()
  done.get(1)!()
  await Promise.resolve()
  expect(asked).toEqual([2, 1, 8])
})

test('windows and ranges are two ways to say the same', () => {
  expect(windowOfRange(-160, 240)).toEqual({ width: 400, center: 40 })
  expect(rangeOfWindow({ width: 400, center: 40 })).toEqual({ lower: -160, upper: 240 })
  expect(new Set(CT_PRESETS.map(({ key }) => key)).size).toBe(CT_PRESETS.length)
})

test('a window made of pixels is not stretched by a few bright ones', () => {
  const pixels = Array.from({ length: 1000 }, (_, i) => (i < 10 ? 3000 : i % 100))
  expect(windowOfPixels(pixels)!.width).toBeLessThan(110)
  expect(windowOfPixels([])).toBeNull()
})

const bytes = (text: string) => new TextEncoder().encode(text)
const part = (body: string, headers = '') =>
  bytes(`--abc\r\nContent-Type: image/jls; transfer-syntax=1.2\r\n${headers}\r\n${body}\r\n--abc--\r\n`)

test('a part is taken out of a multipart answer, with and without its length', () => {
  const type = 'multipart/related; type="application/octet-stream"; boundary="abc"'
  for (const headers of ['', 'Content-Length: 11\r\n']) {
    const { contentType, body } = firstPart(type, part('pixel--data', headers))
    expect(contentType).toBe('image/jls; transfer-syntax=1.2')
    expect(new TextDecoder().decode(body)).toBe('pixel--data')
  }
  expect(parameter(type, 'boundary')).toBe('abc')
  expect(firstPart('image/jpeg', bytes('x')).body).toEqual(bytes('x'))
  expect(() => firstPart(type, part('cut', 'Content-Length: 999\r\n'))).toThrow(MultipartError)
  expect(() => firstPart('multipart/related', part(''))).toThrow(MultipartError)
})

test('no key means two things', () => {
  const keys = KEYMAP.flatMap((binding) => binding.keys)
  expect(new Set(keys).size).toBe(keys.length)
  const press = (key: string, more: object = {}) =>
    commandOf({ key, code: '', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more })
  expect(press('ArrowDown')).toEqual({ do: 'scroll', steps: 1 })
  expect(press('2')).toEqual({ do: 'preset', preset: 'lung' })
  expect(press('@', { code: 'Digit2', shiftKey: true })).toEqual({ do: 'layout', layout: 'two' })
  expect(press('?', { code: 'Slash', shiftKey: true })).toEqual({ do: 'help' })
  expect(press('z', { ctrlKey: true })).toEqual({ do: 'undo' })
  expect(press('l', { altKey: true })).toBeNull()
  expect(press('M', { shiftKey: true })).toEqual({ do: 'layout', layout: 'volume' })
})

const stackOf = (count: number): Stack =>
  ({ images: Array.from({ length: count }, () => ({ rows: 512, columns: 512, bytes: 524_288 })) }) as never

test('a volume is built only where there is memory for it', () => {
  const budget = memoryBudget(8)
  expect(fitsAsVolume(stackOf(300), budget)).toBe(true)
  expect(fitsAsVolume(stackOf(1000), budget)).toBe(false)
  expect(fitsAsVolume(stackOf(300), memoryBudget(1))).toBe(false)
  expect(prefetchReach(stackOf(300), memoryBudget(0.5))).toBeLessThan(100)
})

test('tags are listed with their sequences and found by tag, name and value', () => {
  const ds: Dataset = {
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane' }] },
    '00081140': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2.3'] } }] },
    '00091001': { vr: 'OB', InlineBinary: 'AAAA' },
  }
  const rows = tagRows(ds, { '00100010': 'PatientName', '00081155': 'ReferencedSOPInstanceUID' })
  expect(rows.map(({ tag, depth, value }) => [tag, depth, value])).toEqual([
    ['(0008,1140)', 0, '[1]'],
    ['(0008,1155)', 1, '1.2.3'],
    ['(0009,1001)', 0, '3 B'],
    ['(0010,0010)', 0, 'Doe^Jane'],
  ])
  expect(rows[2]!.keyword).toBe('Private')
  expect(matchingRows(rows, '0010,0010').map(({ keyword }) => keyword)).toEqual(['PatientName'])
  expect(matchingRows(rows, 'referencedsop')).toHaveLength(1)
  expect(matchingRows(rows, 'jane')).toHaveLength(1)
  expect(matchingRows(rows, ' ')).toHaveLength(4)
})
