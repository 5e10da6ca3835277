/** Gathers the changes of each thing and sends them once it has been left alone for a moment. */
export interface Saver<Change> {
  add(id: string, change: Change): void
  /** Send what is waiting now. */
  flush(): void
}

const PAUSE_MS = 500

export function createSaver<Change extends object>(
  send: (id: string, change: Change) => Promise<unknown>,
  onError: (error: unknown) => void,
): Saver<Change> {
  const waiting = new Map<string, { change: Change; timer: ReturnType<typeof setTimeout> }>()
  // One thing's changes leave one after the other, so that the last one also arrives last.
  const lines = new Map<string, Promise<unknown>>()

  const dispatch = (id: string) => {
    const entry = waiting.get(id)
    if (!entry) return
    clearTimeout(entry.timer)
    waiting.delete(id)
    const before = lines.get(id)
    const sent = (before ? before.then(() => send(id, entry.change)) : send(id, entry.change)).catch(onError)
    lines.set(id, sent)
    void sent.then(() => lines.get(id) === sent && lines.delete(id))
  }

  return {
    add(id, change) {
      const entry = waiting.get(id)
      if (entry) clearTimeout(entry.timer)
      waiting.set(id, { change: { ...entry?.change, ...change }, timer: setTimeout(() => dispatch(id), PAUSE_MS) })
    },
    flush() {
      for (const id of [...waiting.keys()]) dispatch(id)
    },
  }
}
