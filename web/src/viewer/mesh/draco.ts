import createDracoDecoder, { type DracoMesh, type DracoModule } from 'draco3d/draco_decoder_nodejs.js'
import wasmUrl from 'draco3d/draco_decoder.wasm?url'

import { MeshFormatError } from './errors'

export interface DracoArrays {
  positions: Float32Array
  normals: Float32Array | null
  indices: Uint32Array
}

type WasmSource = () => Promise<ArrayBuffer>

let decoder: Promise<DracoModule> | null = null
let wasmSource: WasmSource = async () => {
  const response = await fetch(wasmUrl)
  if (!response.ok) throw new Error(`the mesh decoder answered ${response.status}`)
  return response.arrayBuffer()
}

/** Say where the decoder's program comes from, where there is no page to fetch it from. */
export function loadDracoFrom(source: WasmSource): void {
  wasmSource = source
  decoder = null
}

async function dracoModule(): Promise<DracoModule> {
  decoder ??= wasmSource().then((wasmBinary) => createDracoDecoder({ wasmBinary }))
  try {
    return await decoder
  } catch (error) {
    decoder = null // a failed download must not spoil the next mesh
    throw error
  }
}

/** Decode one Draco mesh; `attributes` maps glTF's names to Draco's unique ids (KHR_draco_mesh_compression). */
export async function decodeDraco(
  data: Uint8Array,
  attributes: { POSITION: number; NORMAL?: number },
): Promise<DracoArrays> {
  const draco = await dracoModule()
  const reader = new draco.Decoder()
  const mesh = new draco.Mesh()
  try {
    const status = reader.DecodeArrayToMesh(data, data.length, mesh)
    if (!status.ok()) throw new MeshFormatError(`Draco: ${status.error_msg()}`)

    const floats = (id: number) => {
      const bytes = mesh.num_points() * 12
      const attribute = reader.GetAttributeByUniqueId(mesh, id)
      const copy = heapCopy(draco, bytes, (pointer) =>
        reader.GetAttributeDataArrayForAllPoints(mesh, attribute, draco.DT_FLOAT32, bytes, pointer),
      )
      return new Float32Array(copy)
    }
    return {
      positions: floats(attributes.POSITION),
      normals: attributes.NORMAL === undefined ? null : floats(attributes.NORMAL),
      indices: triangles(draco, reader, mesh),
    }
  } finally {
    draco.destroy(mesh)
    draco.destroy(reader)
  }
}

function triangles(draco: DracoModule, reader: InstanceType<DracoModule['Decoder']>, mesh: DracoMesh): Uint32Array {
  const bytes = mesh.num_faces() * 12
  return new Uint32Array(heapCopy(draco, bytes, (pointer) => reader.GetTrianglesUInt32Array(mesh, bytes, pointer)))
}

function heapCopy(draco: DracoModule, bytes: number, write: (pointer: number) => boolean): ArrayBuffer {
  const pointer = draco._malloc(bytes)
  try {
    if (!write(pointer)) throw new MeshFormatError('Draco: an attribute is missing or of another size')
    return draco.HEAPU8.slice(pointer, pointer + bytes).buffer
  } finally {
    draco._free(pointer)
  }
}
