import type { Mesh } from '../types'
import { MeshFormatError } from './errors'

export interface DecodeRequest {
  id: number
  buffer: ArrayBuffer
}

export type DecodeReply = { id: number; mesh: Mesh } | { id: number; error: string }

export interface MeshDecoder {
  /** Decode a GLB or STL file; takes the buffer over. */
  decode(buffer: ArrayBuffer): Promise<Mesh>
  dispose(): void
}

type Waiting = { resolve: (mesh: Mesh) => void; reject: (error: Error) => void }

const spawn = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })

/** One worker that decodes meshes in the order they are handed in. */
export function createMeshDecoder(worker: Worker = spawn()): MeshDecoder {
  const waiting = new Map<number, Waiting>()
  let last = 0

  const rejectAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.onmessage = ({ data }: MessageEvent<DecodeReply>) => {
    const entry = waiting.get(data.id)
    waiting.delete(data.id)
    if ('mesh' in data) entry?.resolve(data.mesh)
    else entry?.reject(new MeshFormatError(data.error))
  }
  worker.onerror = (event) => rejectAll(new Error(event.message || 'the mesh decoder stopped'))

  return {
    decode(buffer) {
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        worker.postMessage({ id, buffer } satisfies DecodeRequest, [buffer])
      })
    },
    dispose() {
      worker.terminate()
      rejectAll(new DOMException('the viewer was closed', 'AbortError'))
    },
  }
}
