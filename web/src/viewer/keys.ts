import type { Face } from './types'

export type KeyAction =
  | { kind: 'view'; face: Face }
  | { kind: 'reset' }
  | { kind: 'orbit'; horizontal: number; vertical: number }
  | { kind: 'pan'; dx: number; dy: number }
  | { kind: 'zoom'; factor: number }

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>

const TURN = Math.PI / 36
const STEP = 0.05
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** What a key asks of the scene, or null: A P L R S I stand for the views, 0 or Home for the first one. */
export function keyAction(event: Key): KeyAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const arrow = ARROWS[event.key]
  if (arrow) {
    return event.shiftKey
      ? { kind: 'pan', dx: arrow[0] * STEP, dy: arrow[1] * STEP }
      : { kind: 'orbit', horizontal: arrow[0] * TURN, vertical: arrow[1] * TURN }
  }
  if (event.key === '0' || event.key === 'Home') return { kind: 'reset' }
  if (event.key === '+' || event.key === '=') return { kind: 'zoom', factor: 1.1 }
  if (event.key === '-' || event.key === '_') return { kind: 'zoom', factor: 1 / 1.1 }
  const face = event.key.toUpperCase()
  return face.length === 1 && 'APLRSI'.includes(face) ? { kind: 'view', face: face as Face } : null
}
