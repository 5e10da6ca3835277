/** Reads what a list's address says, dropping whatever is not understood. */
export type RawSearch = Record<string, unknown>

export function text(raw: RawSearch, key: string): string | undefined {
  const value = raw[key]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function oneOf<T extends string>(raw: RawSearch, key: string, allowed: readonly T[]): T | undefined {
  const value = raw[key]
  return allowed.includes(value as T) ? (value as T) : undefined
}

export function positive(raw: RawSearch, key: string, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = Number(raw[key])
  return Number.isInteger(value) && value > 0 && value <= most ? value : undefined
}

export interface PageSearch {
  page?: number
  size?: number
}

export const pageSearch = (raw: RawSearch): PageSearch => ({
  page: positive(raw, 'page'),
  size: positive(raw, 'size', 200),
})

export const DEFAULT_SIZE = 20

/** The filter of a list's request: the first page and the usual size unless the address says otherwise. */
export const withPage = <T extends PageSearch>(search: T) => ({
  ...search,
  page: search.page ?? 1,
  size: search.size ?? DEFAULT_SIZE,
})
