import { ApiError } from '@/lib/api'

/** Refused before a byte is sent. */
export class UnfitFile extends Error {
  readonly reason: 'empty' | 'tooLarge' | 'notZip'
  readonly limit?: number

  constructor(reason: UnfitFile['reason'], limit?: number) {
    super(reason)
    this.name = 'UnfitFile'
    this.reason = reason
    this.limit = limit
  }
}

/** A ZIP begins with a local file header, or with the end record when it is empty (APPNOTE 4.3.7, 4.3.16). */
const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04]

export async function checkFile(file: File, limit: number | undefined): Promise<void> {
  if (file.size === 0) throw new UnfitFile('empty')
  if (limit !== undefined && file.size > limit) throw new UnfitFile('tooLarge', limit)
  const head = new Uint8Array(await file.slice(0, ZIP_MAGIC.length).arrayBuffer())
  if (!ZIP_MAGIC.every((byte, i) => head[i] === byte)) throw new UnfitFile('notZip')
}

/** A fault that passes by itself: no answer, an overload, an offset to be asked for again, an expired token. */
export function mayRetry(status: number): boolean {
  return status === 0 || status >= 500 || [401, 409, 423, 429].includes(status)
}

export function refusal(status: number, body: string): ApiError {
  try {
    return new ApiError({ title: `HTTP ${status}`, ...(JSON.parse(body) as object), status })
  } catch {
    return new ApiError({ title: body.slice(0, 200) || `HTTP ${status}`, status })
  }
}
