import { Enums, imageLoader, type Types } from '@cornerstonejs/core'
import dicomImageLoader from '@cornerstonejs/dicom-image-loader'
import { dicomwebUrl, fetchBulk, fetchFrame, framePath, UNPACKED } from './dicomweb'
import { asDrawn, fetchDrawn, isAtOdds, isDeepColor, isPlainJpeg, isSegmented, isSubsampled } from './foreign'
import type { Image } from './images'
import { items, numbers, TAG, text, type Dataset, type Element } from './json'
import { parameter } from './multipart'

/** The scheme under which Cornerstone's own provider reads DICOM JSON; the bytes are fetched by this page. */
const SCHEME = 'wadors:'

const known = new Map<string, Image>()

export const imageIdOf = (study: string, series: string, image: Image): string =>
  SCHEME + dicomwebUrl(framePath(study, series, image.sopUid, image.frame))

/** The image that an id stands for, if a stack with it was opened. */
export const imageById = (imageId: string): Image | undefined => known.get(imageId)

/** Makes the attributes of images known before they are loaded. */
export function register(imageId: string, image: Image): void {
  if (known.has(imageId)) return
  known.set(imageId, image)
  tell(imageId, image.dataset)
}

/** Cornerstone stops at images that do not say what made them, and at pixels without a size. */
function tell(imageId: string, ds: Dataset): void {
  const told = { ...ds }
  if (text(ds, TAG.modality) === undefined) told[TAG.modality] = { vr: 'CS', Value: ['OT'] }
  for (const tag of [TAG.spacing, TAG.detectorSpacing]) {
    if (!numbers(ds, tag).every((size) => size > 0)) delete told[tag]
  }
  dicomImageLoader.wadors.metaDataManager.add(imageId, told as never)
}

export function forgetAll(): void {
  known.clear()
  dicomImageLoader.wadors.metaDataManager.purge()
}

const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2'
const BY_TYPE: Record<string, string> = {
  'image/jpeg': '1.2.840.10008.1.2.4.50',
  'image/dicom-rle': '1.2.840.10008.1.2.5',
  'image/jls': '1.2.840.10008.1.2.4.80',
  'image/jp2': '1.2.840.10008.1.2.4.90',
  'image/jphc': '1.2.840.10008.1.2.4.201',
}

/** PS3.18 table 8.7.3-5: what a part is encoded in. */
export function transferSyntaxOf(contentType: string): string {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  return parameter(contentType, 'transfer-syntax') ?? BY_TYPE[type] ?? IMPLICIT_LITTLE_ENDIAN
}

const PALETTES = ['00281201', '00281202', '00281203']

/** Tables come as bytes, in the metadata or beside it; what uses them wants their numbers. */
async function resolveTables(ds: Dataset, signal: AbortSignal): Promise<void> {
  if (text(ds, TAG.photometric) === 'PALETTE COLOR') {
    for (const tag of PALETTES) await resolve(ds[tag], signal)
  }
  for (const table of items(ds, TAG.voiTables)) await resolve(table[TAG.lutData], signal)
}

async function resolve(element: Element | undefined, signal: AbortSignal): Promise<void> {
  if (!element || element.Value) return
  const bytes = element.InlineBinary
    ? Uint8Array.from(atob(element.InlineBinary), (c) => c.charCodeAt(0))
    : element.BulkDataURI && (await fetchBulk(element.BulkDataURI, signal)).body.slice()
  if (bytes) element.Value = [...new Uint16Array(bytes.buffer, 0, bytes.byteLength >> 1)]
}

const FUNCTIONS = new Map<string, Enums.VOILUTFunctionType>(
  Object.values(Enums.VOILUTFunctionType).map((each) => [each, each]),
)

/** The function that an image names for its window, a line where it names none that there is. */
const voiFunctionOf = (ds: Dataset): Enums.VOILUTFunctionType =>
  FUNCTIONS.get(text(ds, TAG.voiFunction) ?? '') ?? Enums.VOILUTFunctionType.LINEAR

/** The bytes of a frame and their transfer syntax, such that the decoders get them right. */
async function fetched(imageId: string, ds: Dataset, signal: AbortSignal): Promise<[Uint8Array, string]> {
  const url = imageId.slice(SCHEME.length)
  const part = isDeepColor(ds) || isSegmented(ds) ? null : await fetchFrame(url, signal)
  const syntax = part && transferSyntaxOf(part.contentType)
  if (!part || !syntax || isSubsampled(ds, syntax) || isPlainJpeg(ds, syntax)) {
    tell(imageId, asDrawn(ds))
    return [await fetchDrawn(url, signal), UNPACKED]
  }
  if (isAtOdds(ds, syntax, part.body)) return [(await fetchFrame(url, signal, UNPACKED)).body, UNPACKED]
  return [part.body, syntax]
}

async function load(imageId: string, options: Record<string, unknown>, signal: AbortSignal): Promise<Types.IImage> {
  const image = known.get(imageId)
  if (image) await resolveTables(image.dataset, signal)
  const [body, syntax] = await fetched(imageId, image?.dataset ?? {}, signal)
  const made = (await dicomImageLoader.createImage(imageId, body, syntax, options)) as Types.IImage
  // what a decoder gives up on without a word
  if (!made.color && !Number.isFinite(made.minPixelValue)) throw new Error('no pixels')
  // Cornerstone's own provider gives its first letter, which its viewports take for a mistake and stop at.
  if (image) made.voiLUTFunction = voiFunctionOf(image.dataset)
  return made
}

/** Puts the page's own transport, with its credential and its renewal, in the place of Cornerstone's. */
export function registerLoader(): void {
  imageLoader.registerImageLoader('wadors', (imageId, options = {}) => {
    const abort = new AbortController()
    return { promise: load(imageId, options, abort.signal), cancelFn: () => abort.abort() }
  })
}
