import { CT_PRESETS, type Window } from '@/viewer/dicom/windows'

export const within = (index: number, count: number): number => Math.max(0, Math.min(index, count - 1))

/** Where a key leads among the slices, or null where it leads nowhere. */
export function indexAfterKey(key: string, index: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowRight: 1,
    ArrowUp: -1,
    ArrowLeft: -1,
    PageDown: 10,
    PageUp: -10,
  }
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = steps[key]
  return step === undefined ? null : within(index + step, count)
}

/** The window that a digit chooses; 0 is the image's own. */
export function windowOfKey(key: string): Window | null | undefined {
  if (key === '0') return null
  const preset = CT_PRESETS.find((one) => one.key === key)
  return preset && { center: preset.center, width: preset.width }
}

/** A wheel turns by one slice for a notch, by more for a flick; `left` is what did not make a whole slice. */
export function wheelSteps(delta: number, left: number): { steps: number; left: number } {
  const sum = left + delta / 60
  const steps = Math.trunc(sum)
  return { steps, left: sum - steps }
}

/** Dragging to the right widens the window, dragging down darkens. */
export function windowAfterDrag({ center, width }: Window, dx: number, dy: number): Window {
  const speed = Math.max(1, width / 256)
  return { center: Math.round(center + dy * speed), width: Math.max(1, Math.round(width + dx * speed)) }
}
