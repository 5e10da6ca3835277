import type { Stack } from './images'

const MEGABYTE = 1024 * 1024

export interface Budget {
  /** What decoded images may take. */
  images: number
  /** The largest volume that is built in the page. */
  volume: number
}

/**
 * What this machine can bear. Browsers tell the memory in rough steps, eight gigabytes at most, and some not at all;
 * a tab may use about a third of it before it is ended.
 */
export function memoryBudget(deviceMemory = (navigator as { deviceMemory?: number }).deviceMemory ?? 4): Budget {
  const total = deviceMemory * 1024 * MEGABYTE
  return { images: Math.min(total / 8, 1024 * MEGABYTE), volume: Math.min(total / 10, 640 * MEGABYTE) }
}

/** A volume lives twice, in the page and on the graphics card. */
export const volumeBytes = (stack: Stack): number =>
  2 * stack.images.reduce((sum, { rows, columns }) => sum + rows * columns * 2, 0)

export const fitsAsVolume = (stack: Stack, budget = memoryBudget()): boolean => volumeBytes(stack) <= budget.volume

/** How many images around the shown one are worth fetching: more would push out what was just fetched. */
export function prefetchReach(stack: Stack, budget = memoryBudget()): number {
  const each = Math.max(1, stack.images[0]?.bytes ?? 1)
  return Math.max(8, Math.floor((budget.images * 0.7) / each))
}
