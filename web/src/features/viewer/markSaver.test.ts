// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/lib/api'
import type { Mark } from '@/viewer/dicom'
import { createMarkSaver } from './markSaver'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const mark = (id: string, label = ''): Mark => ({
  id,
  tool: 'length',
  series_uid: '1.2',
  sop_uid: '1.2.3',
  frame: 1,
  frame_of_reference_uid: null,
  points: [
    [0, 0, 0],
    [1, 0, 0],
  ],
  label,
  text: '',
  stats: {},
})
const refusal = (status: number) => new ApiError({ title: 'no', status, code: 'X' })

test('a mark that is dragged is sent once it rests, with the version it replaces', async () => {
  const keep = vi.fn((_: Mark, version?: number) => Promise.resolve({ version: (version ?? 0) + 1 }))
  const saver = createMarkSaver({ keep, remove: vi.fn(), onConflict: vi.fn() })
  saver.take({ kind: 'kept', mark: mark('a', 'one') })
  saver.take({ kind: 'kept', mark: mark('a', 'two') })
  expect(saver.state.getState().save).toBe('saving')
  await vi.advanceTimersByTimeAsync(600)
  expect(keep.mock.calls.map(([sent, version]) => [sent.label, version])).toEqual([['two', undefined]])
  saver.take({ kind: 'kept', mark: mark('a', 'three') })
  await vi.advanceTimersByTimeAsync(600)
  expect(keep.mock.calls[1]![1]).toBe(1)
  expect(saver.state.getState().save).toBe('saved')
})

test('what never reached the platform is not deleted there, and what did is', async () => {
  const remove = vi.fn(() => Promise.resolve())
  const saver = createMarkSaver({ keep: vi.fn(), remove, onConflict: vi.fn() })
  saver.take({ kind: 'removed', id: 'a' })
  await vi.advanceTimersByTimeAsync(600)
  expect(remove).not.toHaveBeenCalled()
  saver.knows(mark('b'), 3)
  saver.take({ kind: 'removed', id: 'b' })
  await vi.advanceTimersByTimeAsync(600)
  expect(remove).toHaveBeenCalledWith('b')
})

test('a mark that is only drawn again is not sent', async () => {
  const keep = vi.fn().mockResolvedValue({ version: 2 })
  const saver = createMarkSaver({ keep, remove: vi.fn(), onConflict: vi.fn() })
  saver.knows(mark('a'), 1)
  saver.take({ kind: 'kept', mark: { ...mark('a'), stats: { length_mm: 1 } } })
  await vi.advanceTimersByTimeAsync(600)
  expect(keep).not.toHaveBeenCalled()
  saver.take({ kind: 'kept', mark: mark('a', 'renamed') })
  await vi.advanceTimersByTimeAsync(600)
  expect(keep).toHaveBeenCalledWith(expect.objectContaining({ label: 'renamed' }), 1)
})

test('what could not be sent is tried again until it is', async () => {
  const keep = vi.fn().mockRejectedValueOnce(new Error('network')).mockResolvedValue({ version: 1 })
  const saver = createMarkSaver({ keep, remove: vi.fn(), onConflict: vi.fn() })
  saver.take({ kind: 'kept', mark: mark('a') })
  await vi.advanceTimersByTimeAsync(600)
  expect(saver.state.getState().save).toBe('failed')
  await vi.advanceTimersByTimeAsync(5_100)
  expect(keep).toHaveBeenCalledTimes(2)
  expect(saver.state.getState().save).toBe('saved')
})

test('a mark that somebody else changed is read again instead of overwritten', async () => {
  const onConflict = vi.fn()
  const saver = createMarkSaver({ keep: vi.fn().mockRejectedValue(refusal(409)), remove: vi.fn(), onConflict })
  saver.take({ kind: 'kept', mark: mark('a') })
  await vi.advanceTimersByTimeAsync(600)
  expect(onConflict).toHaveBeenCalledOnce()
  expect(saver.state.getState().save).toBe('saved')
})
