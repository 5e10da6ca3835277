import type { Upload } from 'tus-js-client'
import { api, apiUrl, NetworkError } from '@/lib/api'
import { orderFromUpload, type Order } from '@/lib/api/orders'
import { randomId } from '@/lib/id'
import { onSignedOut } from '@/lib/session'
import { checkFile } from './check'
import { Rate } from './rate'
import { add, isMoving, patch, remove, transfer, useTransfers, type Transfer } from './state'
import { begin, createTus, forgetFingerprints } from './tus'

/** Transfers run outside React, so that they go on while other pages are read. */
const uploads = new Map<string, Upload>()
const rates = new Map<string, Rate>()
const orders = new Map<string, Order>()

export interface KnownUpload {
  upload_id: string
}

export function startTransfer(file: File, limit: number | undefined, known?: KnownUpload): string {
  const id = randomId()
  add({
    id,
    name: file.name,
    size: file.size,
    sent: 0,
    rate: null,
    state: 'checking',
    error: null,
    uploadId: known?.upload_id ?? null,
    armed: false,
    taskId: null,
  })
  void run(id, file, limit, known)
  return id
}

async function run(id: string, file: File, limit: number | undefined, known?: KnownUpload): Promise<void> {
  try {
    await checkFile(file, limit)
  } catch (error) {
    patch(id, { state: 'failed', error })
    return
  }
  const rate = new Rate()
  const upload = createTus(file, {
    onProgress: (sent) => patch(id, { sent, rate: rate.report(sent, performance.now()), state: 'sending' }),
    onCreated: (uploadId) => patch(id, { uploadId }),
    onWaiting: () => {
      rate.reset()
      patch(id, { state: 'waiting', rate: null })
    },
    onFailed: (error) => patch(id, { state: 'failed', error, rate: null }),
    onReceived: (uploadId) => {
      patch(id, { state: 'received', uploadId, sent: file.size, rate: null })
      if (transfer(id)?.armed) void placeOrder(id)
    },
  })
  // It may have been cancelled while its first bytes were looked at.
  if (!transfer(id)) return
  uploads.set(id, upload)
  rates.set(id, rate)
  patch(id, { state: 'sending' })
  await begin(upload, known && apiUrl(`/uploads/${known.upload_id}`))
}

export function pauseTransfer(id: string): void {
  void uploads.get(id)?.abort()
  patch(id, { state: 'paused', rate: null })
}

export function resumeTransfer(id: string): void {
  const upload = uploads.get(id)
  if (!upload) return
  rates.get(id)?.reset()
  patch(id, { state: 'sending', error: null })
  upload.start()
}

/** Stops the transfer and has the platform drop what has arrived. */
export async function cancelTransfer(id: string): Promise<void> {
  const item = transfer(id)
  const upload = uploads.get(id)
  if (upload && item?.state !== 'received') await upload.abort(true)
  else if (item?.uploadId) await discardUpload(item.uploadId)
  forget(id)
}

export const discardUpload = (uploadId: string) =>
  api.delete(`/uploads/${encodeURIComponent(uploadId)}`, { headers: { 'Tus-Resumable': '1.0.0' } })

/** Takes a finished row off the list; nothing on the platform changes. */
export function forget(id: string): void {
  uploads.delete(id)
  rates.delete(id)
  orders.delete(id)
  remove(id)
}

/** Orders now, or as soon as the last byte has arrived. */
export function requestOrder(id: string, order: Order): void {
  orders.set(id, order)
  if (transfer(id)?.state === 'received') void placeOrder(id)
  else patch(id, { armed: true, error: null })
}

export function disarm(id: string): void {
  orders.delete(id)
  patch(id, { armed: false })
}

async function placeOrder(id: string): Promise<void> {
  const item = transfer(id)
  const order = orders.get(id)
  if (!item?.uploadId || !order) return
  patch(id, { state: 'ordering', armed: false, error: null })
  try {
    const receipt = await orderFromUpload(item.uploadId, order)
    patch(id, { state: 'ordered', taskId: receipt.task_id })
  } catch (error) {
    patch(id, { state: 'received', error })
  }
}

/** An upload that arrived in an earlier visit takes its place in the list, ready to be ordered. */
export function adoptReceived(upload: { upload_id: string; filename: string; size: number }): void {
  const { upload_id: uploadId, filename: name, size } = upload
  const id = randomId()
  add({ id, name, size, sent: size, rate: null, state: 'received', error: null, uploadId, armed: false, taskId: null })
}

const all = (): Transfer[] => useTransfers.getState().transfers

addEventListener('online', () => {
  for (const { id, state, error } of all()) if (state === 'failed' && error instanceof NetworkError) resumeTransfer(id)
})

addEventListener('beforeunload', (event) => {
  if (all().some(isMoving)) event.preventDefault()
})

onSignedOut(() => {
  for (const upload of uploads.values()) void upload.abort()
  for (const { id } of all()) forget(id)
  forgetFingerprints()
})
