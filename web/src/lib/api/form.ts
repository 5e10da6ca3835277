import { currentLanguage } from '@/lib/i18n'
import { accessToken } from '@/lib/session'
import { NetworkError, problemFrom } from './problem'

/** Called with the bytes that have left and the bytes there are. */
export type Progress = (sent: number, total: number) => void

/** Posts a form and tells how far it is, which `fetch` cannot. */
export async function sendForm<T>(url: string, form: FormData, onProgress: Progress, signal: AbortSignal): Promise<T> {
  const token = await accessToken()
  const response = await new Promise<Response>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    request.setRequestHeader('Accept-Language', currentLanguage())
    if (token) request.setRequestHeader('Authorization', `Bearer ${token}`)
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    request.onload = () =>
      resolve(
        new Response(request.responseText, {
          status: request.status,
          headers: { 'content-type': request.getResponseHeader('content-type') ?? '' },
        }),
      )
    request.onerror = () => reject(new NetworkError())
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    if (signal.aborted) return reject(new DOMException('aborted', 'AbortError'))
    signal.addEventListener('abort', () => request.abort())
    request.send(form)
  })
  if (!response.ok) throw await problemFrom(response)
  return (await response.json()) as T
}
