import type { FoundItem } from '@/lib/api/nodes'
import type { FindSearch } from './search'

/**
 * A name as people type it, as a pattern of DICOM's: its beginning is enough. `Family^Given` is shown with a comma or,
 * in Han characters, with nothing between, and a family name may have blanks where a `^` may stand as well.
 */
export function namePattern(typed: string): string {
  const name = typed.trim().replace(/\s*[,，^]\s*/g, '^')
  if (/[*?]/.test(name)) return name
  if (/\p{Script=Han}/u.test(name)) return `*${[...name.replace(/[\s^]/g, '')].join('*')}*`
  return `${name.replace(/\s+/g, '?')}*`
}

const plain = (day: string | undefined) => day?.replaceAll('-', '') ?? ''

/** A range of days (PS3.4 C.2.2.2.5), open where there is no such day. */
export function dateRange(from: string | undefined, to: string | undefined): string {
  if (!from && !to) return ''
  return from === to ? plain(from) : `${plain(from)}-${plain(to)}`
}

/** The keys of a question; undefined where nothing is asked, because the answer would be all that a node has. */
export function keysOf(search: FindSearch): Record<string, string> | undefined {
  const keys = {
    PatientName: search.name?.trim() ? namePattern(search.name) : '',
    PatientID: search.patient_id?.trim() ?? '',
    AccessionNumber: search.accession?.trim() ?? '',
    StudyDate: dateRange(search.from, search.to),
    ModalitiesInStudy: search.modality ?? '',
  }
  const asked = Object.entries(keys).filter(([, value]) => value)
  // what is asked for without a value is answered with one
  return asked.length > 0 ? { PatientBirthDate: '', ...Object.fromEntries(asked) } : undefined
}

export interface FoundStudy {
  key: string
  uid: string
  name: string
  patientId: string
  birthDate: string
  date: string
  description: string
  modalities: string[]
  images: number | undefined
  accession: string
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value])
    .filter((each) => typeof each === 'string' || typeof each === 'number')
    .map(String)

/** An answer of a node; any of it may be missing. */
export function studyOf(item: FoundItem, index: number): FoundStudy {
  const text = (keyword: string) => texts(item[keyword]).join(', ')
  const images = Number.parseInt(text('NumberOfStudyRelatedInstances'), 10)
  return {
    key: `${index} ${text('StudyInstanceUID')}`,
    uid: text('StudyInstanceUID'),
    name: text('PatientName'),
    patientId: text('PatientID'),
    birthDate: text('PatientBirthDate'),
    date: text('StudyDate'),
    description: text('StudyDescription'),
    modalities: texts(item.ModalitiesInStudy),
    images: Number.isNaN(images) ? undefined : images,
    accession: text('AccessionNumber'),
  }
}
