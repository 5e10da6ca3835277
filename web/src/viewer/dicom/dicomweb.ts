import { send } from '@/lib/api/client'
import type { Dataset } from './json'
import { firstPart, type Part } from './multipart'

/** Paths below the platform's DICOMweb root (PS3.18); every request goes with the session's credential in its header. */
const ROOT = `${typeof location === 'undefined' ? 'http://localhost' : location.origin}/dicomweb`

const uid = (value: string) => encodeURIComponent(value)
export const studyPath = (study: string) => `/studies/${uid(study)}`
export const seriesPath = (study: string, series: string) => `${studyPath(study)}/series/${uid(series)}`
export const instancePath = (study: string, series: string, sop: string) =>
  `${seriesPath(study, series)}/instances/${uid(sop)}`
export const framePath = (study: string, series: string, sop: string, frame: number) =>
  `${instancePath(study, series, sop)}/frames/${frame}`

export const dicomwebUrl = (path: string) => ROOT + path

async function datasets(path: string, signal?: AbortSignal): Promise<Dataset[]> {
  const response = await send('GET', dicomwebUrl(path), { signal, headers: { Accept: 'application/dicom+json' } })
  return response.status === 204 ? [] : ((await response.json()) as Dataset[])
}

export const seriesMetadata = (study: string, series: string, signal?: AbortSignal) =>
  datasets(`${seriesPath(study, series)}/metadata`, signal)

export const instanceMetadata = async (study: string, series: string, sop: string, signal?: AbortSignal) =>
  (await datasets(`${instancePath(study, series, sop)}/metadata`, signal))[0]

/** As it is stored: the page has the decoders, and the wire carries less. */
const AS_STORED = '*'
export const UNPACKED = '1.2.840.10008.1.2.1'

export async function fetchFrame(url: string, signal?: AbortSignal, syntax = AS_STORED): Promise<Part> {
  const accept = `multipart/related; type="application/octet-stream"; transfer-syntax=${syntax}`
  const response = await send('GET', url, { signal, headers: { Accept: accept } })
  return firstPart(response.headers.get('content-type') ?? '', new Uint8Array(await response.arrayBuffer()))
}

/** A small picture drawn by the platform. */
export async function fetchThumbnail(path: string, signal?: AbortSignal): Promise<Blob> {
  return (await send('GET', dicomwebUrl(`${path}/thumbnail`), { signal, headers: { Accept: 'image/jpeg' } })).blob()
}

/** Values too long for the metadata, such as palettes. */
export async function fetchBulk(url: string, signal?: AbortSignal): Promise<Part> {
  const path = new URL(url, `${ROOT}/`).pathname
  const headers = { Accept: 'multipart/related; type="application/octet-stream"' }
  const response = await send('GET', location.origin + path, { signal, headers })
  return firstPart(response.headers.get('content-type') ?? '', new Uint8Array(await response.arrayBuffer()))
}
