import type { TFunction } from 'i18next'
import type { Tone } from '@/components/ui'
import type { VisitStatus } from '@/lib/api'

/** PatientSex in words; what is none of DICOM's values stays as it is. */
export const sexWord = (t: TFunction<'patients'>, sex: string | null): string =>
  sex === 'M' || sex === 'F' || sex === 'O' ? t(`sexes.${sex}`) : (sex ?? '')

export const VISIT_TONES: Record<VisitStatus, Tone> = {
  SCHEDULED: 'blue',
  ARRIVED: 'amber',
  COMPLETED: 'green',
  CANCELLED: 'grey',
  NO_SHOW: 'grey',
}

/** What a visit can become, as the platform allows it. */
export const NEXT_STATUS: Record<VisitStatus, VisitStatus[]> = {
  SCHEDULED: ['ARRIVED', 'COMPLETED', 'NO_SHOW', 'CANCELLED'],
  ARRIVED: ['COMPLETED', 'CANCELLED'],
  NO_SHOW: ['SCHEDULED', 'ARRIVED'],
  CANCELLED: ['SCHEDULED'],
  COMPLETED: [],
}

/** Whole years, from DICOM's `19800229`. */
export function age(birth: string | null, today = new Date()): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(birth ?? '')
  if (!match) return null
  const had = (today.getMonth() + 1) * 100 + today.getDate() >= Number(match[2]) * 100 + Number(match[3])
  return today.getFullYear() - Number(match[1]) - (had ? 0 : 1)
}

/** What a date-time control holds, from a moment. */
export function localMinute(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}
