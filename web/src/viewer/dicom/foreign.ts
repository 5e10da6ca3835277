/** Images that the decoders in the page get wrong: the platform decodes or draws them. */

import { send } from '@/lib/api/client'
import { number, TAG, text, type Dataset } from './json'

const UNCOMPRESSED = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2'])
const IS_JPEG_2000 = /^1\.2\.840\.10008\.1\.2\.4\.(9[0123]|20[123])$/
/** The component's sign and depth in a JPEG 2000 codestream that begins with its size (ISO 15444-1, A.5.1). */
const SSIZ = 42
const SOC_SIZ = [0xff, 0x4f, 0xff, 0x51]

/** Colours in more than eight bits. */
export const isDeepColor = (ds: Dataset): boolean =>
  (number(ds, TAG.samples) ?? 1) > 1 && (number(ds, TAG.bitsAllocated) ?? 8) > 8

/** A palette in segments (C.7.9.2), which are shorter than what they stand for. */
export const isSegmented = (ds: Dataset): boolean =>
  text(ds, TAG.photometric) === 'PALETTE COLOR' && ds[TAG.redPalette] === undefined

/** Colours of which every second pixel has none of its own (YBR_FULL_422), as ultrasound sends them without compression. */
export const isSubsampled = (ds: Dataset, transferSyntax: string): boolean =>
  UNCOMPRESSED.has(transferSyntax) && /^YBR_(FULL|PARTIAL)_42/.test(text(ds, TAG.photometric) ?? '')

/** Red, green and blue in a lossy JPEG: most decoders take them for luminance and chroma, whatever the header says. */
export const isPlainJpeg = (ds: Dataset, transferSyntax: string): boolean =>
  /^1\.2\.840\.10008\.1\.2\.4\.5[01]$/.test(transferSyntax) && text(ds, TAG.photometric) === 'RGB'

/** A JPEG 2000 codestream that counts with another sign than its header says; the header is right. */
export function isAtOdds(ds: Dataset, transferSyntax: string, body: Uint8Array): boolean {
  if (!IS_JPEG_2000.test(transferSyntax) || (number(ds, TAG.samples) ?? 1) > 1) return false
  if (SOC_SIZ.some((byte, i) => body[i] !== byte)) return false
  return Number(((body[SSIZ] ?? 0) & 0x80) !== 0) !== (number(ds, TAG.pixelRepresentation) ?? 0)
}

const one = (vr: string, value: number | string) => ({ vr, Value: [value] })

/** What is true of a picture that the platform drew. */
export const asDrawn = (ds: Dataset): Dataset => ({
  ...ds,
  [TAG.samples]: one('US', 3),
  [TAG.photometric]: one('CS', 'RGB'),
  [TAG.planar]: one('US', 0),
  [TAG.bitsAllocated]: one('US', 8),
  [TAG.bitsStored]: one('US', 8),
  [TAG.highBit]: one('US', 7),
  [TAG.pixelRepresentation]: one('US', 0),
})

/** The picture of a frame, drawn by the platform, as red, green and blue of each pixel. */
export async function fetchDrawn(frameUrl: string, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await send('GET', `${frameUrl}/rendered`, { signal, headers: { Accept: 'image/png' } })
  const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none' })
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
  return data.filter((_, i) => i % 4 < 3) as unknown as Uint8Array
}
