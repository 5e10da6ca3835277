import type { Mesh } from '../types'
import { readGlb } from './glb'
import { readStl } from './stl'

/** Read a mesh file; its first bytes tell GLB from STL. */
export async function decodeMesh(buffer: ArrayBuffer): Promise<Mesh> {
  const magic = new TextDecoder().decode(buffer.slice(0, 4))
  return magic === 'glTF' ? readGlb(buffer) : readStl(buffer)
}
