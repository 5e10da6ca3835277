import { expect, test } from 'vitest'
import { once } from './once'
import { ApiError, NetworkError } from './problem'

async function keysOf(outcomes: (Error | 'ok')[]): Promise<string[]> {
  const keys: string[] = []
  const subject = ['order', Math.random()]
  for (const outcome of outcomes) {
    await once(subject, (key) => {
      keys.push(key)
      return outcome === 'ok' ? Promise.resolve() : Promise.reject(outcome)
    }).catch(() => undefined)
  }
  return keys
}

test('asking again after silence repeats the key, so that it has one effect', async () => {
  const [first, second, third] = await keysOf([new NetworkError(), new ApiError({ title: '', status: 503 }), 'ok'])
  expect(second).toBe(first)
  expect(third).toBe(first)
})

test('asking again after a success is a new order', async () => {
  const [first, second] = await keysOf(['ok', 'ok'])
  expect(second).not.toBe(first)
})

test('asking again after a refusal is a new try, whose answer is not the old refusal', async () => {
  const [first, second] = await keysOf([new ApiError({ title: '', status: 402 }), 'ok'])
  expect(second).not.toBe(first)
})
