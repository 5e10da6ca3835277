import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiError } from '@/lib/api'
import type { Mark, MarkChange } from '@/viewer/dicom'

export interface SaverWays {
  keep: (mark: Mark, version: number | undefined) => Promise<{ version: number }>
  remove: (id: string) => Promise<unknown>
  /** Somebody else changed the mark meanwhile. */
  onConflict: () => void
}

export type SaveState = 'saved' | 'saving' | 'failed'

export interface MarkSaver {
  state: StoreApi<{ save: SaveState }>
  take(change: MarkChange): void
  /** What the platform has of a mark: drawing it again is no change. */
  knows(mark: Mark, version: number): void
  /** Sends at once what is waiting. */
  flush(): Promise<void>
  stop(): void
}

const WAIT_MS = 500
const AGAIN_MS = 5_000
const NOT_FOUND = 404
const CONFLICT = 409

/** What makes a mark another one: its place, to a thousandth of a millimetre, and its words. Numbers follow from them. */
const essence = ({ tool, points, label, text }: Mark): string =>
  JSON.stringify([tool, points.map((point) => point.map((value) => Math.round(value * 1000))), label, text])

/**
 * Keeps marks as they are drawn. A mark that is dragged is sent once it rests; one mark's requests follow each other,
 * and what could not be sent is tried again until it is.
 */
export function createMarkSaver(ways: SaverWays, wait = WAIT_MS): MarkSaver {
  const state = createStore<{ save: SaveState }>(() => ({ save: 'saved' }))
  const waiting = new Map<string, MarkChange>()
  const versions = new Map<string, number>()
  const known = new Map<string, string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | null = null
  let stopped = false

  async function send(id: string, change: MarkChange): Promise<void> {
    if (change.kind === 'kept') {
      versions.set(id, (await ways.keep(change.mark, versions.get(id))).version)
      known.set(id, essence(change.mark))
      return
    }
    if (!versions.has(id)) return
    await ways.remove(id)
    versions.delete(id)
    known.delete(id)
  }

  async function run(): Promise<void> {
    let failed = false
    for (const [id, change] of [...waiting]) {
      waiting.delete(id)
      try {
        await send(id, change)
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === CONFLICT) ways.onConflict()
        else if (error instanceof ApiError && error.problem.status === NOT_FOUND && change.kind === 'removed') continue
        else {
          failed = true
          // What was drawn since then is newer.
          if (!waiting.has(id)) waiting.set(id, change)
        }
      }
    }
    state.setState({ save: failed ? 'failed' : waiting.size > 0 ? 'saving' : 'saved' })
    if (waiting.size > 0 && !stopped) plan(failed ? AGAIN_MS : wait)
  }

  function plan(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), ms)
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    if (running) await running
    running = run().finally(() => {
      running = null
    })
    await running
  }

  return {
    state,
    take(change) {
      if (change.kind === 'kept' && !waiting.has(change.mark.id)) {
        if (known.get(change.mark.id) === essence(change.mark)) return
      }
      waiting.set(change.kind === 'kept' ? change.mark.id : change.id, change)
      state.setState({ save: 'saving' })
      plan(wait)
    },
    knows(mark, version) {
      versions.set(mark.id, version)
      known.set(mark.id, essence(mark))
    },
    flush,
    stop() {
      stopped = true
      if (waiting.size > 0) void flush()
    },
  }
}
