import { currentLanguage } from '@/lib/i18n'
import { accessToken, renewAfterRefusal } from '@/lib/session'
import { NetworkError, problemFrom } from './problem'

export const API_BASE = '/api/v1'

export type Query = Record<string, string | number | boolean | null | undefined>

export interface RequestOptions {
  query?: Query
  /** Sent as JSON, unless it is FormData or a Blob. */
  body?: unknown
  signal?: AbortSignal
  headers?: Record<string, string>
  /** Repeating the request with the same key and body has one effect. */
  idempotencyKey?: string
}

export function apiUrl(path: string, query?: Query): string {
  const base = path.startsWith(API_BASE) || path.startsWith('http') ? path : API_BASE + path
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value))
  }
  const text = params.toString()
  return text ? `${base}${base.includes('?') ? '&' : '?'}${text}` : base
}

/** One request with the session's credential; a 401 renews the session and repeats it once. */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const url = apiUrl(path, options.query)
  let token = await accessToken()
  let response = await attempt(method, url, options, token)
  if (response.status === 401 && token) {
    token = await renewAfterRefusal(token)
    if (token) response = await attempt(method, url, options, token)
  }
  if (!response.ok) throw await problemFrom(response)
  return response
}

async function attempt(method: string, url: string, options: RequestOptions, token: string | null) {
  const headers: Record<string, string> = { 'Accept-Language': currentLanguage(), ...options.headers }
  if (token) headers.Authorization = `Bearer ${token}`
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  let body: BodyInit | undefined
  if (options.body instanceof FormData || options.body instanceof Blob) body = options.body
  else if (options.body !== undefined) {
    body = JSON.stringify(options.body)
    headers['Content-Type'] = 'application/json'
  }
  try {
    return await fetch(url, { method, headers, body, signal: options.signal, credentials: 'same-origin' })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new NetworkError(error)
  }
}

async function json<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
  const response = await send(method, path, options)
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as T
  return (await response.json()) as T
}

export const api = {
  get: <T>(path: string, options?: RequestOptions) => json<T>('GET', path, options),
  post: <T>(path: string, options?: RequestOptions) => json<T>('POST', path, options),
  put: <T>(path: string, options?: RequestOptions) => json<T>('PUT', path, options),
  patch: <T>(path: string, options?: RequestOptions) => json<T>('PATCH', path, options),
  delete: <T = void>(path: string, options?: RequestOptions) => json<T>('DELETE', path, options),
  /** Binary content behind the session's credential (results, meshes, images). */
  blob: async (path: string, options?: RequestOptions) => (await send('GET', path, options)).blob(),
  arrayBuffer: async (path: string, options?: RequestOptions) => (await send('GET', path, options)).arrayBuffer(),
}
