import { api } from '@/lib/api/client'

/** Saves a file that needs the session's credential. */
export async function download(url: string, filename: string, signal?: AbortSignal): Promise<void> {
  const blob = await api.blob(url, { signal })
  const href = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = href
  link.download = filename
  link.click()
  // The browser has taken its own reference once the click is handled.
  setTimeout(() => URL.revokeObjectURL(href), 0)
}
