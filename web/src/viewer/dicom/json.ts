/** DICOM JSON (PS3.18 annex F): what the viewer reads of it. */

export interface Element {
  vr: string
  Value?: unknown[]
  InlineBinary?: string
  BulkDataURI?: string
}

export type Dataset = Record<string, Element | undefined>

export const TAG = {
  sopClass: '00080016',
  sopUid: '00080018',
  modality: '00080060',
  seriesDescription: '0008103E',
  studyDescription: '00081030',
  studyDate: '00080020',
  patientName: '00100010',
  patientId: '00100020',
  birthDate: '00100030',
  sex: '00100040',
  bodyPart: '00180015',
  sliceThickness: '00180050',
  patientPosition: '00185100',
  frameTime: '00181063',
  cineRate: '00180040',
  recommendedRate: '00082144',
  studyUid: '0020000D',
  seriesUid: '0020000E',
  seriesNumber: '00200011',
  instanceNumber: '00200013',
  position: '00200032',
  orientation: '00200037',
  frameOfReference: '00200052',
  samples: '00280002',
  photometric: '00280004',
  planar: '00280006',
  frames: '00280008',
  rows: '00280010',
  columns: '00280011',
  spacing: '00280030',
  detectorSpacing: '00181164',
  bitsAllocated: '00280100',
  bitsStored: '00280101',
  highBit: '00280102',
  pixelRepresentation: '00280103',
  windowCenter: '00281050',
  windowWidth: '00281051',
  windowNames: '00281055',
  slope: '00281053',
  voiFunction: '00281056',
  lutDescriptor: '00283002',
  lutName: '00283003',
  lutData: '00283006',
  voiTables: '00283010',
  redPalette: '00281201',
  lossy: '00282110',
  sharedGroups: '52009229',
  frameGroups: '52009230',
} as const

export const values = (ds: Dataset, tag: string): unknown[] => ds[tag]?.Value ?? []

/** The first value as text; a person's name is its alphabetic form. */
export function text(ds: Dataset, tag: string): string | undefined {
  const [first] = values(ds, tag)
  if (typeof first === 'string') return first.trim() || undefined
  if (typeof first === 'number') return String(first)
  if (first && typeof first === 'object' && 'Alphabetic' in first) return String(first.Alphabetic)
  return undefined
}

/** The first value as a number; writers send decimal strings both as numbers and as text. */
export const number = (ds: Dataset, tag: string): number | undefined => numbers(ds, tag)[0]

export function numbers(ds: Dataset, tag: string): number[] {
  return values(ds, tag).flatMap((value) => {
    const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof found === 'number' && Number.isFinite(found) ? [found] : []
  })
}

export const items = (ds: Dataset, tag: string): Dataset[] =>
  values(ds, tag).filter((value): value is Dataset => typeof value === 'object' && value !== null)
