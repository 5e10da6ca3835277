import { api } from '@/lib/api/client'

/** Saves a file that needs the session's credential. */
export async function download(url: string, filename: string, signal?: AbortSignal): Promise<void> {
  saveBlob(await api.blob(url, { signal }), filename)
}

/** Hands a file made in the page to the browser's downloads. */
export function saveBlob(blob: Blob, filename: string): void {
  const href = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = href
  link.download = filename
  link.click()
  // The browser has taken its own reference once the click is handled.
  setTimeout(() => URL.revokeObjectURL(href), 0)
}
