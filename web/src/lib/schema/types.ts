import type { Localized } from '@/lib/i18n'

/** The part of JSON Schema (draft 2020-12) that algorithm manifests use for their parameters. */
export interface JsonSchema {
  $ref?: string
  $defs?: Record<string, JsonSchema>
  type?: string
  title?: string
  description?: string
  'x-title'?: Localized
  'x-description'?: Localized
  /** Names of enum values, by value. */
  'x-enum-titles'?: Record<string, Localized>
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  prefixItems?: JsonSchema[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  enum?: Scalar[]
  const?: Scalar
  default?: unknown
  minimum?: number
  maximum?: number
  multipleOf?: number
  minItems?: number
  maxItems?: number
  maxLength?: number
}

export type Scalar = string | number | boolean

export type Values = Record<string, unknown>

/** How a parameter is asked for. */
export type FieldKind =
  | { kind: 'flag' }
  | { kind: 'choice'; options: Scalar[] }
  | { kind: 'number'; integer: boolean; minimum?: number; maximum?: number; step?: number }
  | { kind: 'text'; maxLength?: number }
  | { kind: 'many'; options: Scalar[]; minItems: number; maxItems?: number }
  /** A word such as `auto`, or a choice of many. */
  | { kind: 'word-or-many'; words: Scalar[]; options: Scalar[]; minItems: number; maxItems?: number }
  /** Two numbers, lowest and highest. */
  | { kind: 'range'; integer: boolean; minimum?: number; maximum?: number }
  | { kind: 'group'; fields: ParameterField[] }

export type ParameterField = {
  name: string
  schema: JsonSchema
  required: boolean
  initial: unknown
} & FieldKind
