import { DetailedError, Upload, type HttpRequest, type HttpResponse } from 'tus-js-client'
import { API_BASE, NetworkError } from '@/lib/api'
import { currentLanguage } from '@/lib/i18n'
import { accessToken, renewAfterRefusal, useSession } from '@/lib/session'
import { mayRetry, refusal } from './check'

const CHUNK_BYTES = 16 * 2 ** 20
const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000]
const STORAGE_PREFIX = 'tus::hounsfield'

export interface TusEvents {
  onProgress: (sent: number) => void
  onReceived: (uploadId: string) => void
  onFailed: (error: unknown) => void
  onCreated: (uploadId: string) => void
  /** A request failed and will be repeated. */
  onWaiting: () => void
}

export const uploadIdOf = (url: string) => url.replace(/\/+$/, '').split('/').at(-1) ?? ''

/** Same person, same file: an interrupted transfer continues where it stopped, after a reload too. */
const fingerprint = (file: File) =>
  `hounsfield-${useSession.getState().userId}-${file.name}-${file.size}-${file.lastModified}`

export function createTus(file: File, events: TusEvents): Upload {
  let sentToken: string | null = null
  let refused = false
  const upload: Upload = new Upload(file, {
    endpoint: `${API_BASE}/uploads`,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    metadata: { filename: file.name, filetype: 'application/zip' },
    removeFingerprintOnSuccess: true,
    fingerprint: (input) => Promise.resolve(fingerprint(input)),
    onBeforeRequest: async (request: HttpRequest) => {
      sentToken = refused && sentToken ? await renewAfterRefusal(sentToken) : await accessToken()
      refused = false
      request.setHeader('Accept-Language', currentLanguage())
      if (sentToken) request.setHeader('Authorization', `Bearer ${sentToken}`)
    },
    onAfterResponse: (_request: HttpRequest, response: HttpResponse) => {
      refused = response.getStatus() === 401
    },
    onShouldRetry: (error) => {
      const again = mayRetry(error.originalResponse?.getStatus() ?? 0)
      if (again) events.onWaiting()
      return again
    },
    onProgress: events.onProgress,
    onUploadUrlAvailable: () => events.onCreated(uploadIdOf(upload.url ?? '')),
    onSuccess: () => events.onReceived(uploadIdOf(upload.url ?? '')),
    onError: (error) => events.onFailed(explain(error)),
  })
  return upload
}

function explain(error: Error): unknown {
  if (!(error instanceof DetailedError)) return error
  const response = error.originalResponse
  return response ? refusal(response.getStatus(), response.getBody()) : new NetworkError(error)
}

/** Starts, or goes on where an earlier transfer of the same file stopped. */
export async function begin(upload: Upload, knownUrl?: string): Promise<void> {
  const [previous] = await upload.findPreviousUploads()
  if (previous) upload.resumeFromPreviousUpload(previous)
  else if (knownUrl) upload.url = knownUrl
  upload.start()
}

/** Names of files are private: they leave with the person. */
export function forgetFingerprints(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(STORAGE_PREFIX)) localStorage.removeItem(key)
}
