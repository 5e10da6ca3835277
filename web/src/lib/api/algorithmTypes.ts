import type { Localized } from '@/lib/i18n'
import type { TaskStatus, Unit } from './types'

/** An algorithm as administrators see it: with every version, and who gets which. */
export interface ManagedAlgorithm {
  name: string
  source: 'engine' | 'onnx'
  title: Localized
  enabled: boolean
  price: { amount: number; units: Unit[]; mode: 'prepaid_mode' | 'postpaid_mode' }
  /** false: it costs what everything without a price of its own costs. */
  own_price: boolean
  versions: ModelVersion[]
  updated_at: string
}

export interface ManagedAlgorithms {
  items: ManagedAlgorithm[]
  max_model_bytes: number
}

export interface ModelVersion {
  name: string
  version: string
  source: 'engine' | 'onnx'
  state: 'ENABLED' | 'DISABLED'
  canary_percent: number
  shadow: boolean
  /** Of the orders made now. */
  share_percent: number
  model_sha256: string | null
  model_size: number | null
  manifest: Record<string, unknown>
  facts: { opset?: number; parameters?: number; window_seconds?: number; onnxruntime?: string } | null
  /** Null: an engine. */
  created_by: string | null
  created_at: string
}

export interface AlgorithmChange {
  version: string | null
  /** Field → before, after. */
  change: Record<string, [unknown, unknown]>
  actor: string
  at: string
}

/** A task in the shadow of an order. */
export interface ShadowRun {
  task_id: string
  version: string | null
  status: TaskStatus
  failure_code: string | null
  error_message: string | null
  created_at: string
  completed_at: string | null
  order_task_id: string
  order_no: string
  order_version: string | null
  order_status: TaskStatus
  comparison: Comparison | null
}

export interface Comparison {
  labels: Record<string, { volume_ml: number | null; shadow_volume_ml: number | null; dice: number | null }>
  seconds: number | null
  shadow_seconds: number | null
}
