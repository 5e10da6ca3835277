import { create } from 'zustand'

export type TransferState =
  'checking' | 'sending' | 'waiting' | 'paused' | 'failed' | 'received' | 'ordering' | 'ordered'

/** One ZIP on its way from this page to an order. */
export interface Transfer {
  id: string
  name: string
  size: number
  sent: number
  /** Bytes per second, smoothed; null until known. */
  rate: number | null
  state: TransferState
  error: unknown
  uploadId: string | null
  /** Order as soon as the last byte has arrived. */
  armed: boolean
  taskId: string | null
}

interface TransferList {
  transfers: Transfer[]
  selected: string | null
}

export const useTransfers = create<TransferList>(() => ({ transfers: [], selected: null }))

export const transfer = (id: string) => useTransfers.getState().transfers.find((item) => item.id === id)

export function patch(id: string, change: Partial<Transfer>): void {
  useTransfers.setState(({ transfers }) => ({
    transfers: transfers.map((item) => (item.id === id ? { ...item, ...change } : item)),
  }))
}

export function add(item: Transfer): void {
  useTransfers.setState(({ transfers }) => ({ transfers: [...transfers, item], selected: item.id }))
}

export function remove(id: string): void {
  useTransfers.setState(({ transfers, selected }) => {
    const left = transfers.filter((item) => item.id !== id)
    return { transfers: left, selected: selected === id ? (left.at(-1)?.id ?? null) : selected }
  })
}

export const select = (selected: string) => useTransfers.setState({ selected })

export const isMoving = ({ state }: Transfer) => state === 'checking' || state === 'sending' || state === 'waiting'
