/** The part of the Draco decoder that meshes need; the package itself carries no types. */
declare module 'draco3d/draco_decoder_nodejs.js' {
  export interface DracoStatus {
    ok(): boolean
    error_msg(): string
  }
  export interface DracoMesh {
    num_points(): number
    num_faces(): number
  }
  export type DracoAttribute = object
  export interface DracoDecoder {
    DecodeArrayToMesh(data: Int8Array | Uint8Array, size: number, mesh: DracoMesh): DracoStatus
    GetAttributeByUniqueId(mesh: DracoMesh, id: number): DracoAttribute
    GetTrianglesUInt32Array(mesh: DracoMesh, bytes: number, pointer: number): boolean
    GetAttributeDataArrayForAllPoints(
      mesh: DracoMesh,
      attribute: DracoAttribute,
      type: number,
      bytes: number,
      pointer: number,
    ): boolean
  }
  export interface DracoModule {
    Decoder: new () => DracoDecoder
    Mesh: new () => DracoMesh
    DT_FLOAT32: number
    HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    destroy(object: object): void
  }
  export default function createDracoDecoder(options: { wasmBinary: ArrayBuffer }): Promise<DracoModule>
}
