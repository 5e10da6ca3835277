/** The platform's answers about patients, their visits, and who saw them. */

export type Sex = 'M' | 'F' | 'O'

export interface Patient {
  patient_id: string
  mrn: string
  issuer: string
  /** As DICOM writes it: `Zhang^San=张^三`. */
  name: string
  sex: string | null
  birth_date: string | null
  phone: string | null
  /** Masked. */
  id_number: string | null
  notes: string
  restricted: boolean
  merged_into_id: string | null
  created_at: string
  updated_at: string | null
}

export type PatientRight = 'update' | 'grant' | 'merge' | 'restrict' | 'reveal' | 'link' | 'accesses' | 'create_visit'

export interface PatientDetail extends Patient {
  merged_from: { patient_id: string; mrn: string; name: string }[]
  can: Record<PatientRight, boolean>
}

/** What is left out stays; null takes it away. */
export interface PatientWish {
  name?: string
  mrn?: string
  issuer?: string
  sex?: Sex | null
  birth_date?: string | null
  phone?: string | null
  id_number?: string | null
  notes?: string
  restricted?: boolean
}

export interface PatientStatistics {
  total: number
  new_this_month: number
  restricted: number
  visits_today: number
  visits_scheduled: number
  by_sex: Record<string, number>
  by_age: { start: number; to: number | null; count: number }[]
  by_month: { month: string; count: number }[]
}

export const VISIT_TYPES = ['OUTPATIENT', 'INPATIENT', 'EMERGENCY', 'CHECKUP'] as const
export type VisitType = (typeof VISIT_TYPES)[number]
export type VisitStatus = 'SCHEDULED' | 'ARRIVED' | 'COMPLETED' | 'CANCELLED' | 'NO_SHOW'

export interface VisitStep {
  step_id: string
  modality: string
  station_ae: string
  starts_at: string
  accession_number: string
  description: string
  status: 'SCHEDULED' | 'PERFORMED' | 'CANCELLED'
}

export interface Visit {
  visit_id: string
  number: string
  type: VisitType
  status: VisitStatus
  department: string
  doctor: string
  reason: string
  starts_at: string
  ends_at: string | null
  steps: VisitStep[]
}

export interface VisitWish {
  type: VisitType
  department: string
  doctor: string
  reason: string
  starts_at: string
  steps?: { modality: string; station_ae: string; starts_at: string; description: string }[]
}

export interface TimelineEntry {
  kind: 'visit' | 'study' | 'task'
  id: string
  at: string
  title: string
  status: string | null
  details: Record<string, unknown>
}

export interface Grant {
  grant_id: string
  username: string
  kind: 'grant' | 'break_glass'
  reason: string
  granted_by: string
  expires_at: string
  active: boolean
}

export interface OwnAccount {
  user_id: string
  username: string
  display_name: string
}

export interface Access {
  at: string
  until: string | null
  count: number
  actor_name: string
  actor_roles: string
  actor_kind: string
  action: string
  object_type: string
  object_id: string
  outcome: 'success' | 'denied' | 'failed'
  reason: string
  source: string
}

export interface AuditEntry extends Access {
  id: string
  number: number | null
  patient_id: string | null
  address: string
  details: Record<string, unknown>
  hash: string | null
}

export interface Verification {
  ok: boolean
  chains: {
    organization_id: string
    ok: boolean
    entries: number
    head: string
    waiting: number
    unmarked: number
    problem: 'GAP' | 'CHANGED' | 'FORGED' | 'HEAD' | 'EXPECTED' | null
    number: number | null
  }[]
}
