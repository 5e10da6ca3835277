// @vitest-environment node
import { expect, test } from 'vitest'
import { comparable, hang, protocolOf, type SeriesFacts } from './protocols'

const series = (uid: string, more: Partial<SeriesFacts> = {}): SeriesFacts => ({
  series_uid: uid,
  modality: 'CT',
  description: null,
  body_part: null,
  number: 1,
  instance_count: 100,
  ...more,
})

test('the part of the body chooses the window, in both languages', () => {
  expect(protocolOf(series('1', { body_part: 'HEAD' })).preset).toBe('brain')
  expect(protocolOf(series('1', { body_part: 'CHEST', description: 'Lung 1 mm' })).preset).toBe('lung')
  expect(protocolOf(series('1', { description: '胸部平扫' })).preset).toBe('mediastinum')
  expect(protocolOf(series('1')).preset).toBe('abdomen')
  expect(protocolOf(series('1', { modality: 'MR', body_part: 'HEAD' })).preset).toBeNull()
  expect(protocolOf(series('1', { modality: '' })).name).toBe('other')
})

test('a localizer is not what is read first', () => {
  const hanging = hang([series('1', { description: 'Topogram' }), series('2', { number: 2 })])
  expect(hanging).toMatchObject({ layout: '1x1', panes: [{ seriesUid: '2', prior: false }] })
  expect(hang([])).toBeNull()
})

test('the study before hangs beside, with the series that shows the same', () => {
  const now = series('1', { body_part: 'CHEST', description: 'Lung' })
  const before = [
    series('7', { body_part: 'CHEST', description: 'Soft' }),
    series('8', { body_part: 'CHEST', description: 'Lung 5 mm' }),
    series('9', { modality: 'MR' }),
  ]
  expect(comparable(now, before)?.series_uid).toBe('8')
  expect(hang([now], before)).toMatchObject({
    layout: '1x2',
    panes: [{ seriesUid: '1' }, { seriesUid: '8', prior: true }],
  })
  expect(hang([now], [series('9', { modality: 'MR' })])?.layout).toBe('1x1')
})
