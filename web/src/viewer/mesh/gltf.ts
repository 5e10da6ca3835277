/** The few members of a glTF 2.0 document that a mesh without materials or animation needs. */
export interface Gltf {
  extensionsRequired?: string[]
  scene?: number
  scenes?: { nodes?: number[] }[]
  nodes?: GltfNode[]
  meshes?: { primitives: GltfPrimitive[] }[]
  accessors?: Accessor[]
  bufferViews?: { byteOffset?: number; byteLength: number; byteStride?: number }[]
}

export interface GltfNode {
  mesh?: number
  children?: number[]
  matrix?: number[]
  translation?: [number, number, number]
  rotation?: [number, number, number, number]
  scale?: [number, number, number]
}

export interface GltfPrimitive {
  attributes: { POSITION: number; NORMAL?: number }
  indices?: number
  mode?: number
  extensions?: {
    KHR_draco_mesh_compression?: { bufferView: number; attributes: { POSITION: number; NORMAL?: number } }
  }
}

export interface Accessor {
  bufferView?: number
  byteOffset?: number
  componentType: number
  count: number
  type: string
}
