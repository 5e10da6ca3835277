import { useEffect } from 'react'

/** Rooms that something on the screen wants to hear, and how many things want each. */
const wanted = new Map<string, number>()
const listeners = new Set<(room: string, joined: boolean) => void>()

export const wantedRooms = (): string[] => [...wanted.keys()]

/** Calls back whenever a room comes to be wanted, or no longer is. Returns the way to end it. */
export function onRoom(listener: (room: string, joined: boolean) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function count(room: string, step: 1 | -1): void {
  const before = wanted.get(room) ?? 0
  const after = before + step
  if (after > 0) wanted.set(room, after)
  else wanted.delete(room)
  if (before === 0 || after === 0) for (const listener of listeners) listener(room, after > 0)
}

/** Hear a room's events while this is on the screen. */
export function useRoom(room: string): void {
  useEffect(() => {
    count(room, 1)
    return () => count(room, -1)
  }, [room])
}
