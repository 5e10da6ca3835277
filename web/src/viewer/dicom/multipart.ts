export interface Part {
  contentType: string
  body: Uint8Array
}

export class MultipartError extends Error {
  override name = 'MultipartError'
}

const CR = 13
const LF = 10

/** The value of a parameter of a media type, without its quotes. */
export function parameter(contentType: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(contentType)
  return found?.[1] ?? found?.[2]
}

/**
 * The first part of a multipart/related answer (RFC 2387). Pixel data may hold anything, the boundary's bytes
 * excepted; a part that gives its length is taken by it.
 */
export function firstPart(contentType: string, bytes: Uint8Array): Part {
  if (!/^multipart\/related/i.test(contentType)) return { contentType, body: bytes }
  const boundary = parameter(contentType, 'boundary')
  if (!boundary) throw new MultipartError('the answer names no boundary')
  const dashed = new TextEncoder().encode(`--${boundary}`)
  const start = indexOf(bytes, dashed, 0)
  if (start < 0) throw new MultipartError('the answer has no part')
  const headerStart = start + dashed.length + 2
  const headerEnd = endOfHeaders(bytes, headerStart)
  const headers = new TextDecoder('latin1').decode(bytes.subarray(headerStart, headerEnd))
  const bodyStart = headerEnd + 4
  const length = Number(/^content-length:\s*(\d+)/im.exec(headers)?.[1] ?? NaN)
  const end = Number.isNaN(length) ? indexOf(bytes, dashed, bodyStart) - 2 : bodyStart + length
  if (end < bodyStart || end > bytes.length) throw new MultipartError('the answer ends in the middle of a part')
  return {
    contentType: /^content-type:\s*(.+?)\s*$/im.exec(headers)?.[1] ?? '',
    body: bytes.subarray(bodyStart, end),
  }
}

function endOfHeaders(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 3 < bytes.length; i += 1) {
    if (bytes[i] === CR && bytes[i + 1] === LF && bytes[i + 2] === CR && bytes[i + 3] === LF) return i
  }
  throw new MultipartError('the headers of the part have no end')
}

/** A boundary stands at the very end of an answer with one part, so the search begins there. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const matches = (at: number) => wanted.every((byte, i) => bytes[at + i] === byte)
  if (from === 0) {
    for (let i = 0; i + wanted.length <= bytes.length; i += 1) if (matches(i)) return i
    return -1
  }
  const tail = Math.max(from, bytes.length - wanted.length - 8)
  for (let i = tail; i + wanted.length <= bytes.length; i += 1) if (matches(i)) return i
  for (let i = from; i < tail; i += 1) if (bytes[i] === 45 && matches(i)) return i
  return -1
}
