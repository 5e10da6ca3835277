/**
 * The platform's answers, as design of the interface names them. One name per schema, so that each line can become
 * `export type Task = components['schemas']['Task']` over `@/generated/api`.
 */
import type { Language, Localized } from '@/lib/i18n'
import type { JsonSchema } from '@/lib/schema'

export interface Page<T> {
  items: T[]
  total: number
  page: number
  size: number
}

export type Unit = 'POINT_LOW' | 'POINT_HIGH' | 'MEMBER_CREDIT'
export type Tier = 'USER' | 'ADMIN' | 'SUPER_ADMIN'
export type ClinicalRole = 'none' | 'DOCTOR' | 'TECHNICIAN' | 'NURSE' | 'PATIENT'

export interface SystemInfo {
  name: string
  version: string
  max_upload_bytes: number
  languages: Language[]
  registration_open: boolean
}

export interface Profile {
  user_id: string
  username: string
  display_name: string | null
  email: string | null
  phone: string | null
  tier: Tier
  clinical_role: ClinicalRole
  roles: string[]
  organization: { organization_id: string; name: string }
  language: Language | null
  permissions: string[]
  created_at: string
}

/** What is left out stays; null removes an address or a number. */
export interface ProfileChange {
  email?: string | null
  phone?: string | null
  display_name?: string
  language?: Language
  current_password?: string
  new_password?: string
}

export interface Session {
  session_id: string
  created_at: string
  last_used_at: string
  address: string | null
  user_agent: string | null
  current: boolean
}

export type UserStatus = 'ACTIVE' | 'DISABLED'

export interface User {
  user_id: string
  username: string
  display_name: string | null
  email: string | null
  tier: Tier
  clinical_role: ClinicalRole
  status: UserStatus
  parent_user_id: string | null
  created_at: string
}

export interface Algorithm {
  name: string
  title: Localized
  description: Localized
  version: string
  input_kind: string
  parameters: JsonSchema
  intended_use: Localized
  licence: string
  price: { amount: number; units: Unit[]; mode: 'prepaid_mode' | 'postpaid_mode' }
  available: boolean
}

export type UploadStatus = 'RECEIVING' | 'RECEIVED' | 'INGESTING' | 'DONE' | 'REJECTED'

export interface Ingest {
  total?: number
  done?: number
  instances?: number
  duplicates?: number
  /** At most a few hundred names; `skipped_count` is the whole. */
  skipped?: { name: string; reason: string }[]
  skipped_count?: number
  failure_code?: string
  message?: string
}

export interface Upload {
  upload_id: string
  filename: string
  size: number
  offset: number
  status: UploadStatus
  created_at: string
  expires_at: string
  ingest: Ingest | null
}

export const TASK_STATUSES = [
  'CREATED',
  'QUEUED',
  'ASSIGNED',
  'IN_PROGRESS',
  'WAITING_INPUT',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]
export type PaymentStatus = 'UNPAID' | 'PENDING' | 'PAID' | 'REFUNDED'

export interface TaskEvent {
  at: string
  from: TaskStatus | null
  to: TaskStatus
  actor: string
  reason_code: string | null
  reason: string
  epoch: number
  attempt: number
}

export interface TaskResult {
  name: string
  kind: string
  size: number
  content_type: string
  /** Null while the result may not be downloaded, for instance because it is not paid. */
  url: string | null
}

export interface Task {
  task_id: string
  order_no: string
  name: string
  task_type: string
  /** Fixed when it was ordered. */
  algorithm_version: string | null
  status: TaskStatus
  progress: number
  /** What the engine said last; live events replace it. */
  progress_message: string
  payment_status: PaymentStatus | null
  priority: number
  assigned_engine_id: string | null
  attempt: number
  error_message: string | null
  failure_code: string | null
  parameters: Record<string, unknown>
  results: TaskResult[]
  model_info_id: string | null
  result_count: number
  study_uid: string | null
  series_uid: string | null
  upload_id: string | null
  price: { amount: number; unit: Unit } | null
  can: { cancel: boolean; retry: boolean; pay: boolean; delete: boolean }
  created_at: string
  started_at: string | null
  completed_at: string | null
  events: TaskEvent[]
  /** What the engine measured; null until it is paid. */
  metrics: Record<string, unknown> | null
}

/** A list leaves out what only the detail carries. */
export type TaskSummary = Omit<Task, 'events' | 'results' | 'metrics'>

export interface OrderReceipt {
  task_id: string
  order_no: string
  status: TaskStatus
  message: string
}

export interface Study {
  study_uid: string
  patient_id: string
  patient_name: string | null
  mrn: string | null
  sex: string | null
  birth_date: string | null
  study_date: string | null
  description: string | null
  modalities: string[]
  series_count: number
  instance_count: number
  size_bytes: number
  created_at: string
}

export interface SeriesGate {
  ok: boolean
  code: string | null
  message: string | null
  warnings: { code: string; message: string }[]
}

export interface Series {
  series_uid: string
  modality: string
  description: string | null
  body_part: string | null
  number: number | null
  instance_count: number
  gate: SeriesGate | null
}

export interface StudyDetail extends Study {
  series: Series[]
}

export interface Holding {
  available: number
  held: number
}

export interface Balance {
  low: Holding
  high: Holding
  credits: Holding
}

export const OPERATIONS = ['grant', 'hold', 'capture', 'release', 'charge', 'allocate', 'adjust'] as const
export type Operation = (typeof OPERATIONS)[number]

/** One operation on a person's points of one unit. */
export interface Transaction {
  transaction_id: string
  at: string
  kind: Operation
  unit: Unit
  /** What it changed of the points that can be spent. */
  amount: number
  /** What it changed of the points reserved for running tasks. */
  held_change: number
  available_after: number
  order_no: string | null
  order_name: string | null
  /** Null once the task is deleted. */
  task_id: string | null
  reason: string
  actor: string | null
}

export interface ConfigEntry {
  key: string
  value: unknown
  description: string
  default: unknown
}
