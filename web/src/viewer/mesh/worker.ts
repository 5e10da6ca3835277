import { decodeMesh } from './decode'
import type { DecodeReply, DecodeRequest } from './meshDecoder'

/** Decodes beside the page, so that turning the scene stays smooth while parts arrive. */
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<DecodeRequest>) => void) | null
  postMessage(reply: DecodeReply, transfer?: Transferable[]): void
}

scope.onmessage = ({ data: { id, buffer } }) => {
  decodeMesh(buffer).then(
    (mesh) => scope.postMessage({ id, mesh }, [mesh.positions.buffer, mesh.normals.buffer, mesh.indices.buffer]),
    (error: unknown) => scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }),
  )
}
