import type { ExportStatus } from '@/lib/api/archiveTypes'
import type { PaymentStatus, TaskStatus } from '@/lib/api/types'

interface Stamped {
  timestamp: string
  /** Place in this user's gapless sequence; only on events that can be replayed. */
  seq?: number
}

export interface TaskStatusEvent extends Stamped {
  task_id: string
  order_no: string
  task_name: string
  status: TaskStatus
  payment_status?: PaymentStatus
  estimated_time?: string | number
  result_count?: number
  model_info_id?: string
  completed_at?: string
  error_message?: string
  failed_at?: string
}

export interface TaskProgressEvent extends Stamped {
  task_id: string
  order_no: string
  progress: number
  message: string | null
  /** The same in languages that its algorithm brought words for. */
  messages?: Record<string, string>
}

export interface IngestProgressEvent extends Stamped {
  upload_id: string
  task_id: string | null
  total: number
  done: number
  instances: number
  duplicates: number
  skipped: number
}

export interface ExportProgressEvent extends Stamped {
  export_id: string
  status: ExportStatus
  done: number
  total: number
}

export interface ServerEvents {
  /** A study is there, whole; heard in the archive's room only. */
  record_created: (event: Stamped & { record: string }) => void
  export_progress: (event: ExportProgressEvent) => void
  task_status: (event: TaskStatusEvent) => void
  task_progress: (event: TaskProgressEvent) => void
  ingest_progress: (event: IngestProgressEvent) => void
  balance_changed: (event: Stamped) => void
  /** Engines or queues have changed; heard in the fleet's room only. */
  engines_changed: (event: Stamped) => void
  /** For how many seconds each engine has not been heard. */
  engines_heard: (event: Stamped & { ages: Record<string, number> }) => void
  resumed: (event: { recovered: boolean; from?: number; to?: number }) => void
}

export interface ClientEvents {
  /** Without a number it only asks where the sequence stands. */
  resume: (position: { last_seq?: number }) => void
  subscribe: (rooms: string[], joined: () => void) => void
  unsubscribe: (rooms: string[]) => void
}
