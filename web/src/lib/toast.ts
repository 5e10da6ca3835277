import { create } from 'zustand'
import { randomId } from './id'

export interface Toast {
  id: string
  tone: 'info' | 'success' | 'error'
  title: string
  detail?: string
}

export const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }))

export function dismiss(id: string): void {
  useToasts.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }))
}

export function toast(tone: Toast['tone'], title: string, detail?: string): void {
  const id = randomId()
  useToasts.setState((state) => ({ toasts: [...state.toasts.slice(-3), { id, tone, title, detail }] }))
  // Errors stay until read; a confirmation may leave by itself.
  if (tone !== 'error') setTimeout(() => dismiss(id), 6000)
}
