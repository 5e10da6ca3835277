import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSaver } from './saver'

interface Change {
  opacity?: number
  color?: string
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the saver', () => {
  it('sends one request for a drag, with all that changed and only the last of each', async () => {
    const send = vi.fn(() => Promise.resolve())
    const saver = createSaver<Change>(send, vi.fn())
    for (const opacity of [0.1, 0.2, 0.3]) saver.add('bone', { opacity })
    saver.add('bone', { color: '#FFFFFF' })
    saver.add('skin', { opacity: 0.9 })
    expect(send).not.toHaveBeenCalled()
    await vi.runAllTimersAsync()
    expect(send.mock.calls).toEqual([
      ['bone', { opacity: 0.3, color: '#FFFFFF' }],
      ['skin', { opacity: 0.9 }],
    ])
  })

  it('sends at once when it is flushed, and not again later', async () => {
    const send = vi.fn(() => Promise.resolve())
    const saver = createSaver<Change>(send, vi.fn())
    saver.add('bone', { opacity: 0.5 })
    saver.flush()
    expect(send).toHaveBeenCalledOnce()
    await vi.runAllTimersAsync()
    expect(send).toHaveBeenCalledOnce()
  })

  it('keeps the order of one part’s changes when the network is slow', async () => {
    const answers: (() => void)[] = []
    const send = vi.fn(() => new Promise<void>((resolve) => answers.push(resolve)))
    const saver = createSaver<Change>(send, vi.fn())
    saver.add('bone', { opacity: 0.5 })
    saver.flush()
    saver.add('bone', { opacity: 0.6 })
    saver.flush()
    await vi.runAllTimersAsync()
    expect(send).toHaveBeenCalledOnce()
    answers[0]!()
    await vi.runAllTimersAsync()
    expect(send).toHaveBeenLastCalledWith('bone', { opacity: 0.6 })
  })

  it('reports a failure and goes on with the next change', async () => {
    const send = vi.fn(() => Promise.resolve()).mockRejectedValueOnce(new Error('down'))
    const onError = vi.fn()
    const saver = createSaver<Change>(send, onError)
    saver.add('bone', { opacity: 0.5 })
    saver.flush()
    saver.add('bone', { opacity: 0.6 })
    await vi.runAllTimersAsync()
    expect(onError).toHaveBeenCalledOnce()
    expect(send).toHaveBeenCalledTimes(2)
  })
})
