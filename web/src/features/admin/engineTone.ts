import type { Tone } from '@/components/ui'
import type { Engine } from '@/lib/api'

export const ENGINE_TONE: Record<Engine['status'], Tone> = {
  AVAILABLE: 'green',
  BUSY: 'blue',
  DRAINING: 'amber',
  OFFLINE: 'red',
}
