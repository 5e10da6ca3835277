/** A point or direction in DICOM patient coordinates (LPS): +x left, +y posterior, +z superior; millimetres. */
export type Vec3 = readonly [number, number, number]

/** A triangle mesh in LPS millimetres; one normal per vertex, three indices per triangle. */
export interface Mesh {
  positions: Float32Array
  normals: Float32Array
  indices: Uint32Array
}

/** How a part is drawn. */
export interface Look {
  /** `#RRGGBB` */
  color: string
  /** 0 (clear) to 1 (solid) */
  opacity: number
  visible: boolean
}

export interface Bounds {
  min: Vec3
  max: Vec3
}

/** The side of the patient that faces the camera. */
export type Face = 'A' | 'P' | 'L' | 'R' | 'S' | 'I'

export type SectionAxis = 'sagittal' | 'coronal' | 'axial'

/** A cut across the whole scene at `position` mm; `flipped` keeps the side of the larger coordinates. */
export interface Section {
  axis: SectionAxis
  position: number
  flipped: boolean
}

export interface Pick {
  partId: string
  point: Vec3
}

export interface Measurement {
  from: Vec3
  to: Vec3
}
