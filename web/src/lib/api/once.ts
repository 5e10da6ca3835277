import { randomId } from '@/lib/id'
import { ApiError } from './problem'

const keys = new Map<string, string>()

/**
 * Sends a request that must have one effect. While its outcome is unknown (no answer, a fault of the platform), asking
 * again for the same thing repeats the idempotency key; after an answer, asking again is a new request.
 */
export async function once<T>(subject: unknown, send: (idempotencyKey: string) => Promise<T>): Promise<T> {
  const content = JSON.stringify(subject)
  const key = keys.get(content) ?? randomId()
  keys.set(content, key)
  try {
    const answer = await send(key)
    keys.delete(content)
    return answer
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) keys.delete(content)
    throw error
  }
}
