import type { Mesh } from '../types'
import { decodeDraco } from './draco'
import { MeshFormatError } from './errors'
import type { Accessor, Gltf, GltfPrimitive } from './gltf'
import { vertexNormals } from './normals'
import { type Matrix, placedMeshes, transformDirections, transformPoints } from './placement'

const MAGIC = 0x46546c67
const JSON_CHUNK = 0x4e4f534a
const BIN_CHUNK = 0x004e4942
const TRIANGLES = 4
const READABLE = new Set(['KHR_draco_mesh_compression'])
const ARRAYS = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array } as const
const COMPONENTS: Record<string, number> = { SCALAR: 1, VEC3: 3 }

/** Split a binary glTF 2.0 container (glTF 2.0, section 4) into its document and its one buffer. */
export function readContainer(buffer: ArrayBuffer): { document: Gltf; bin: Uint8Array } {
  const view = new DataView(buffer)
  if (buffer.byteLength < 20 || view.getUint32(0, true) !== MAGIC) throw new MeshFormatError('not a GLB file')
  if (view.getUint32(4, true) !== 2) throw new MeshFormatError('GLB of another version than 2')
  const total = view.getUint32(8, true)
  if (total > buffer.byteLength) throw new MeshFormatError('GLB cut short')
  let document: Gltf | null = null
  let bin = new Uint8Array(0)
  for (let at = 12; at + 8 <= total;) {
    const size = view.getUint32(at, true)
    const type = view.getUint32(at + 4, true)
    if (at + 8 + size > total) throw new MeshFormatError('GLB chunk cut short')
    const chunk = new Uint8Array(buffer, at + 8, size)
    if (type === JSON_CHUNK) document = JSON.parse(new TextDecoder().decode(chunk)) as Gltf
    else if (type === BIN_CHUNK) bin = chunk
    at += 8 + size
  }
  if (!document) throw new MeshFormatError('GLB without a document')
  const unreadable = (document.extensionsRequired ?? []).filter((name) => !READABLE.has(name))
  if (unreadable.length > 0) throw new MeshFormatError(`GLB needs ${unreadable.join(', ')}`)
  return { document, bin }
}

/** Read every triangle of a GLB file as one mesh, in the coordinates of its scene. */
export async function readGlb(buffer: ArrayBuffer): Promise<Mesh> {
  const { document, bin } = readContainer(buffer)
  const pieces: Mesh[] = []
  for (const { mesh, matrix } of placedMeshes(document)) {
    for (const primitive of document.meshes?.[mesh]?.primitives ?? []) {
      if ((primitive.mode ?? TRIANGLES) !== TRIANGLES) throw new MeshFormatError('GLB of other shapes than triangles')
      pieces.push(place(await readPrimitive(document, bin, primitive), matrix))
    }
  }
  if (pieces.length === 0) throw new MeshFormatError('GLB without a mesh')
  return merge(pieces)
}

async function readPrimitive(document: Gltf, bin: Uint8Array, primitive: GltfPrimitive): Promise<Mesh> {
  const draco = primitive.extensions?.KHR_draco_mesh_compression
  const raw = draco
    ? await decodeDraco(bytesOf(document, bin, draco.bufferView), draco.attributes)
    : readAccessors(document, bin, primitive)
  const vertices = raw.positions.length / 3
  if (raw.indices.some((index) => index >= vertices)) throw new MeshFormatError('GLB index beyond the last vertex')
  return { ...raw, normals: raw.normals ?? vertexNormals(raw.positions, raw.indices) }
}

function readAccessors(document: Gltf, bin: Uint8Array, { attributes, indices }: GltfPrimitive) {
  const positions = accessor(document, bin, attributes.POSITION)
  if (!(positions instanceof Float32Array)) throw new MeshFormatError('GLB positions are not floats')
  const normals = attributes.NORMAL === undefined ? null : accessor(document, bin, attributes.NORMAL)
  return {
    positions,
    normals: normals instanceof Float32Array ? normals : null,
    indices:
      indices === undefined
        ? Uint32Array.from({ length: positions.length / 3 }, (_, i) => i)
        : Uint32Array.from(accessor(document, bin, indices)),
  }
}

function accessor(document: Gltf, bin: Uint8Array, index: number) {
  const { bufferView, byteOffset = 0, componentType, count, type } = document.accessors?.[index] ?? ({} as Accessor)
  const Values = ARRAYS[componentType as keyof typeof ARRAYS]
  const width = COMPONENTS[type]
  if (!Values || !width || bufferView === undefined) throw new MeshFormatError('GLB accessor of an unknown kind')
  const size = Values.BYTES_PER_ELEMENT
  const stride = document.bufferViews?.[bufferView]?.byteStride ?? size * width
  const bytes = bytesOf(document, bin, bufferView).subarray(byteOffset)
  if (count > 0 && (count - 1) * stride + size * width > bytes.length)
    throw new MeshFormatError('GLB accessor cut short')
  const packed = new Uint8Array(count * width * size)
  for (let i = 0; i < count; i += 1) {
    packed.set(bytes.subarray(i * stride, i * stride + width * size), i * width * size)
  }
  return new Values(packed.buffer)
}

function bytesOf(document: Gltf, bin: Uint8Array, index: number): Uint8Array {
  const view = document.bufferViews?.[index]
  const start = view?.byteOffset ?? 0
  if (!view || start + view.byteLength > bin.length) throw new MeshFormatError('GLB buffer cut short')
  return bin.subarray(start, start + view.byteLength)
}

const place = (mesh: Mesh, matrix: Matrix | null): Mesh =>
  matrix
    ? {
        ...mesh,
        positions: transformPoints(mesh.positions, matrix),
        normals: transformDirections(mesh.normals, matrix),
      }
    : mesh

function merge(pieces: Mesh[]): Mesh {
  if (pieces.length === 1) return pieces[0]!
  const total = (key: keyof Mesh) => pieces.reduce((sum, piece) => sum + piece[key].length, 0)
  const all = {
    positions: new Float32Array(total('positions')),
    normals: new Float32Array(total('normals')),
    indices: new Uint32Array(total('indices')),
  }
  let vertex = 0
  let triangle = 0
  for (const { positions, normals, indices } of pieces) {
    const first = vertex / 3
    all.positions.set(positions, vertex)
    all.normals.set(normals, vertex)
    all.indices.set(first === 0 ? indices : indices.map((index) => index + first), triangle)
    vertex += positions.length
    triangle += indices.length
  }
  return all
}
