import type { TokenAnswer } from './token'

/** What tabs of one browser tell each other. Same origin, memory only. */
export type TabMessage =
  | { kind: 'renewed'; answer: TokenAnswer; receivedAt: number }
  | { kind: 'signed-in'; userId: string }
  | { kind: 'signed-out' }

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('hounsfield.session')

export function tell(message: TabMessage): void {
  channel?.postMessage(message)
}

export function listen(handle: (message: TabMessage) => void): () => void {
  const onMessage = (event: MessageEvent<TabMessage>) => handle(event.data)
  channel?.addEventListener('message', onMessage)
  return () => channel?.removeEventListener('message', onMessage)
}

/**
 * Runs work in one tab at a time. The refresh token rotates with each use, so two tabs must never spend the same one.
 * Web Locks need a secure context; over plain HTTP in a local network only the single flight of this tab remains.
 */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work()
  return navigator.locks.request('hounsfield.refresh', work) as Promise<T>
}
