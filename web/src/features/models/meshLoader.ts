import { createStore, type StoreApi } from 'zustand/vanilla'
import { MeshFormatError, type Mesh, type ModelScene } from '@/viewer'
import type { ModelPart } from './api'
import { loadOrder, lookOf } from './looks'

export type MeshState = 'loading' | 'ready' | 'failed'

export interface MeshSource {
  fetch(url: string, signal: AbortSignal): Promise<ArrayBuffer>
  decode(buffer: ArrayBuffer): Promise<Mesh>
}

export interface MeshLoader {
  states: StoreApi<Record<string, MeshState>>
  /** Show these parts as they are described; a hidden part is fetched when it is first shown. */
  sync(parts: ModelPart[]): void
  retry(id: string): void
  stop(): void
}

const AT_ONCE = 2

/** Files have no address while their task is unpaid. */
export const hasFile = (part: ModelPart): boolean => part.glb_url !== null || part.stl_url !== null

/** Brings meshes into the scene one by one, solid ones first, and keeps their looks up to date. */
export function createMeshLoader(scene: Pick<ModelScene, 'addPart' | 'setPart'>, source: MeshSource): MeshLoader {
  const states = createStore<Record<string, MeshState>>(() => ({}))
  const abort = new AbortController()
  const queue: string[] = []
  let parts: ModelPart[] = []
  let running = 0

  const find = (id: string) => parts.find((part) => part.model_id === id)

  async function fetchMesh(part: ModelPart): Promise<Mesh> {
    const urls = [part.glb_url, part.stl_url].filter((url) => url !== null)
    for (const [i, url] of urls.entries()) {
      try {
        return await source.decode(await source.fetch(url, abort.signal))
      } catch (error) {
        // A GLB that cannot be read may still have a readable STL beside it.
        if (!(error instanceof MeshFormatError) || i === urls.length - 1) throw error
      }
    }
    throw new MeshFormatError('the part has no file')
  }

  async function load(id: string): Promise<void> {
    const part = find(id)
    if (!part) return
    try {
      const mesh = await fetchMesh(part)
      const now = find(id)
      if (abort.signal.aborted || !now) return
      scene.addPart(id, mesh, lookOf(now))
      states.setState({ [id]: 'ready' })
    } catch {
      // The row of the part says so and offers to try again; the others go on.
      if (!abort.signal.aborted) states.setState({ [id]: 'failed' })
    }
  }

  function next(): void {
    while (running < AT_ONCE && queue.length > 0 && !abort.signal.aborted) {
      running += 1
      void load(queue.shift()!).then(() => {
        running -= 1
        next()
      })
    }
  }

  function enqueue(ids: string[]): void {
    if (ids.length === 0) return
    states.setState(Object.fromEntries(ids.map((id) => [id, 'loading' as const])))
    queue.push(...ids)
    next()
  }

  return {
    states,
    sync(wanted) {
      parts = wanted
      for (const part of parts) scene.setPart(part.model_id, lookOf(part))
      const known = states.getState()
      enqueue(
        loadOrder(parts).flatMap((part) =>
          part.visible && hasFile(part) && !known[part.model_id] ? [part.model_id] : [],
        ),
      )
    },
    retry(id) {
      enqueue([id])
    },
    stop() {
      abort.abort()
    },
  }
}
