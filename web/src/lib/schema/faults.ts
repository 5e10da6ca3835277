import type { ParameterField, Values } from './types'

/** What is wrong with a value, as the name of a text and the limits it mentions. */
export interface Fault {
  text: 'required' | 'number' | 'integer' | 'minimum' | 'maximum' | 'minItems' | 'maxItems' | 'order'
  limit?: number
}

/** Faults by the dotted path of their field. */
export type Faults = Record<string, Fault>

interface Bounds {
  integer: boolean
  minimum?: number
  maximum?: number
}

function numberFault(value: unknown, { integer, minimum, maximum }: Bounds): Fault | null {
  if (typeof value !== 'number' || Number.isNaN(value)) return { text: 'number' }
  if (integer && !Number.isInteger(value)) return { text: 'integer' }
  if (minimum !== undefined && value < minimum) return { text: 'minimum', limit: minimum }
  if (maximum !== undefined && value > maximum) return { text: 'maximum', limit: maximum }
  return null
}

function listFault(value: unknown, bounds: { minItems: number; maxItems?: number }): Fault | null {
  const length = Array.isArray(value) ? value.length : 0
  if (length < bounds.minItems) return { text: 'minItems', limit: bounds.minItems }
  if (bounds.maxItems !== undefined && length > bounds.maxItems) return { text: 'maxItems', limit: bounds.maxItems }
  return null
}

function faultOf(field: ParameterField, value: unknown): Fault | null {
  const isEmpty = value === undefined || value === '' || value === null
  if (isEmpty) return field.required || field.kind === 'range' ? { text: 'required' } : null
  switch (field.kind) {
    case 'number':
      return numberFault(value, field)
    case 'range': {
      const [low, high] = value as [number, number]
      return numberFault(low, field) ?? numberFault(high, field) ?? (low < high ? null : { text: 'order' })
    }
    case 'many':
      return listFault(value, field)
    case 'word-or-many':
      return Array.isArray(value) ? listFault(value, field) : null
    default:
      return null
  }
}

export function findFaults(fields: ParameterField[], values: Values, path = ''): Faults {
  const faults: Faults = {}
  for (const field of fields) {
    const at = path + field.name
    if (field.kind === 'group')
      Object.assign(faults, findFaults(field.fields, (values[field.name] ?? {}) as Values, `${at}.`))
    else {
      const fault = faultOf(field, values[field.name])
      if (fault) faults[at] = fault
    }
  }
  return faults
}
