import type { ConfigEntry } from '@/lib/api'

export const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

export const isDefault = (entry: ConfigEntry) => JSON.stringify(entry.value) === JSON.stringify(entry.default)

/** Text as typed, read in the kind of the present value; undefined when it cannot be. */
export function parsed(typed: string, like: unknown): unknown {
  if (typeof like === 'string') return typed
  try {
    return JSON.parse(typed) as unknown
  } catch {
    return undefined
  }
}
