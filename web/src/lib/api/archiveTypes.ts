/** What the platform answers about exports, projects, rules, the trash, retention and storage. */

export type ExportForm = 'zip' | 'dicomdir' | 'copy'
export type ExportStatus = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED' | 'EXPIRED'

export interface Export {
  export_id: string
  name: string
  form: ExportForm
  project_id: string | null
  project_name: string | null
  study_uids: string[]
  status: ExportStatus
  total: number
  done: number
  skipped: { sop_uid: string; code: string; message: string }[]
  size: number
  failure_code: string | null
  created_at: string
  finished_at: string | null
  expires_at: string | null
}

export interface ExportWish {
  study_uids: string[]
  form: ExportForm
  project_id?: string
}

export const DEID_OPTIONS = [
  'dates',
  'patient',
  'descriptors',
  'content',
  'device',
  'institution',
  'uids',
  'safe_private',
  'pixels',
] as const
export type DeidOption = (typeof DEID_OPTIONS)[number]

export interface Region {
  x: number
  y: number
  width: number
  height: number
  modality?: string
}

export interface ProjectWish {
  name: string
  prefix: string
  options: DeidOption[]
  regions: Region[]
}

export interface Project extends ProjectWish {
  project_id: string
  created_at: string
}

export interface Conditions {
  modality: string[]
  body_part: string
  description: string
  min_slices: number | null
  max_slices: number | null
  source: string
  sop_class: string[]
}

export type RuleAction =
  | { kind: 'order_task'; task_type: string; parameters: Record<string, unknown>; priority?: number; payer_id: string }
  | { kind: 'notify'; user_ids: string[]; roles: string[] }
  | { kind: 'forward_node'; node_id: string }
  | { kind: 'forward_web'; peer_id: string }
  | { kind: 'deidentify'; project_id: string }

export interface RuleWish {
  name: string
  enabled: boolean
  conditions: Conditions
  actions: RuleAction[]
}

export interface Rule extends RuleWish {
  rule_id: string
  position: number
  version: number
  created_at: string
  updated_at: string
}

export interface Tried {
  series_uid: string
  study_uid: string
  modality: string
  body_part: string
  description: string
  slices: number
  source: string
  received_at: string
  matched: boolean
  why_not: (keyof Conditions)[]
  already_run: boolean
  would: { kind: RuleAction['kind']; what: string; problem_code: string | null; problem: string | null }[]
}

export interface DryRun {
  looked_at: number
  matched: number
  items: Tried[]
}

export interface RuleRun {
  run_id: string
  rule_id: string
  rule_name: string
  rule_version: number
  study_uid: string
  series_uid: string
  status: 'PENDING' | 'DONE' | 'FAILED'
  steps: { kind: RuleAction['kind']; status: string; what: string; code: string | null; message: string | null }[]
  created_at: string
  finished_at: string | null
}

export interface Peer {
  peer_id: string
  name: string
  url: string
  has_token: boolean
}

export interface TrashedStudy {
  study_uid: string
  patient_name: string
  mrn: string
  study_date: string | null
  description: string
  modalities: string[]
  instance_count: number
  size_bytes: number
  deleted_at: string
  deleted_by: string | null
  purge_at: string | null
  legal_hold: boolean
}

export interface Retention {
  policies: { modality: string; days: number }[]
  warn_days: number
  due_soon: number
  held: number
}

export interface StorageLine {
  organization_id: string
  organization: string
  studies: number
  instances: number
  size_bytes: number
  trash_bytes: number
  by_modality: Record<string, number>
  growth_30_days: number | null
}

export interface IntegrityCheck {
  check_id: string
  status: 'RUNNING' | 'DONE'
  total: number
  checked: number
  repaired: number
  lost: number
  bad: { sha256: string; what: 'missing' | 'corrupt'; repaired: boolean }[]
  created_at: string
  finished_at: string | null
}

export interface WorklistFilters {
  q?: string | null
  modality?: string | null
  date_from?: string | null
  date_to?: string | null
  sort?: string | null
}

export interface SavedView {
  view_id: string
  name: string
  filters: WorklistFilters
}
