import type { TaskStatus } from './types'

export interface Engine {
  engine_id: string
  hostname: string
  status: 'AVAILABLE' | 'BUSY' | 'DRAINING' | 'OFFLINE'
  capacity: number
  current_load: number
  heartbeat_age_s: number
  boot_id: string
  supported_algorithms: { name: string; version?: string }[]
  draining: boolean
  /** For all its tasks together; null: it did not say. */
  memory_mb: number | null
  memory_used_mb: number
  tasks: HeldTask[]
  /** Tasks of organizations that the reader does not see. */
  tasks_of_others: number
  last_failure: { code: string; at: string; order_no: string | null } | null
}

/** A task that an engine has been given. */
export interface HeldTask {
  task_id: string
  order_no: string
  task_type: string
  status: TaskStatus
  progress: number
  started_at: string | null
}

/** What waits for engines of one capability. */
export interface Queue {
  name: string
  waiting: number
  oldest_seconds: number
  running: number
  engines: number
  free_slots: number
  /** Offers at the broker to whichever engine comes; null: nobody can tell. */
  messages: number | null
}

export interface Queues {
  items: Queue[]
  jobs_waiting: number | null
  outbox_waiting: number
  outbox_oldest_seconds: number
  dead_letters: number
}

/** A message that was given up. */
export interface DeadLetter {
  id: number
  kind: string
  queue: string
  body: Record<string, unknown>
  reason: string
  died_at: string
  redriven_at: string | null
  redriven_by: string | null
}

export interface EngineToken {
  token_id: string
  name: string
  created_at: string
  revoked_at: string | null
}

export interface NewEngineToken extends EngineToken {
  /** Shown once; the platform keeps only its hash. */
  token: string
}
