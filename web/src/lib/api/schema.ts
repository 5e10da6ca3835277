import type { Localized } from '@/lib/i18n'

/** The part of JSON Schema that algorithm manifests use for their parameters. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean'
  title?: string
  description?: string
  'x-title'?: Localized
  'x-description'?: Localized
  /** Names of enum values, by value. */
  'x-enum-titles'?: Record<string, Localized>
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  enum?: (string | number)[]
  default?: unknown
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minLength?: number
  maxLength?: number
  pattern?: string
}
