import type { Mesh } from '../types'
import { MeshFormatError } from './errors'
import { vertexNormals } from './normals'
import { weld } from './weld'

const HEADER = 84
const FACET = 50

/** Read an STL file, binary or text, as a welded mesh; the normals of the file are ignored, they are flat. */
export function readStl(buffer: ArrayBuffer): Mesh {
  const soup = binaryFacets(buffer) ?? textFacets(buffer)
  if (soup.length === 0) throw new MeshFormatError('STL without a triangle')
  if (!soup.every(Number.isFinite)) throw new MeshFormatError('STL with a coordinate that is not a number')
  const { positions, indices } = weld(soup)
  return { positions, indices, normals: vertexNormals(positions, indices) }
}

function binaryFacets(buffer: ArrayBuffer): Float32Array | null {
  if (buffer.byteLength < HEADER) return null
  const view = new DataView(buffer)
  const count = view.getUint32(80, true)
  // Many binary files begin with the word "solid" too: only the length tells.
  if (buffer.byteLength !== HEADER + count * FACET) return null
  const soup = new Float32Array(count * 9)
  for (let facet = 0; facet < count; facet += 1) {
    const start = HEADER + facet * FACET + 12
    for (let i = 0; i < 9; i += 1) soup[facet * 9 + i] = view.getFloat32(start + i * 4, true)
  }
  return soup
}

function textFacets(buffer: ArrayBuffer): Float32Array {
  const text = new TextDecoder().decode(buffer)
  if (!/^\s*solid\b/i.test(text)) throw new MeshFormatError('neither a binary nor a text STL')
  const values: number[] = []
  for (const [, x, y, z] of text.matchAll(/\bvertex\s+(\S+)\s+(\S+)\s+(\S+)/gi)) {
    values.push(Number(x), Number(y), Number(z))
  }
  if (values.length % 9 !== 0) throw new MeshFormatError('STL with an unfinished triangle')
  return Float32Array.from(values)
}
