export interface ControlTarget {
  /** Radians. */
  orbit(horizontal: number, vertical: number): void
  /** Fractions of the window's height. */
  pan(dx: number, dy: number): void
  zoom(factor: number): void
  roll(angle: number): void
  /** A press that did not move, in CSS pixels from the upper left corner. */
  click(x: number, y: number): void
}

const TURN_PER_HEIGHT = Math.PI // a drag over the whole height turns half a circle
const CLICK_SLOP = 5

interface Finger {
  x: number
  y: number
}

/**
 * Mouse, pen and touch: one finger or the left button turns; the middle or right button, or Shift, slides; the wheel
 * and two fingers move closer, two fingers also slide and roll. Returns the function that lets go of the element.
 */
export function bindPointers(element: HTMLElement, target: ControlTarget): () => void {
  const fingers = new Map<number, Finger>()
  let travelled = 0
  let sliding = false
  let severalFingers = false

  const down = (event: PointerEvent) => {
    element.setPointerCapture(event.pointerId)
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (fingers.size === 1) {
      travelled = 0
      severalFingers = false
      sliding = event.button === 1 || event.button === 2 || event.shiftKey
    } else severalFingers = true
  }

  const move = (event: PointerEvent) => {
    const finger = fingers.get(event.pointerId)
    if (!finger) return
    const before = [...fingers.values()].map((each) => ({ ...each }))
    const dx = event.clientX - finger.x
    const dy = event.clientY - finger.y
    finger.x = event.clientX
    finger.y = event.clientY
    travelled += Math.hypot(dx, dy)
    const height = Math.max(1, element.clientHeight)
    if (fingers.size === 2) twoFingers(before as [Finger, Finger], [...fingers.values()] as [Finger, Finger], height)
    else if (fingers.size > 2 || (travelled <= CLICK_SLOP && !severalFingers)) return
    else if (sliding) target.pan(dx / height, dy / height)
    else target.orbit((dx / height) * TURN_PER_HEIGHT, (dy / height) * TURN_PER_HEIGHT)
  }

  const twoFingers = (before: [Finger, Finger], after: [Finger, Finger], height: number) => {
    const [a, b] = [spread(before), spread(after)]
    if (a.size > 0 && b.size > 0) target.zoom(b.size / a.size)
    target.pan((b.x - a.x) / height, (b.y - a.y) / height)
    const turn = b.angle - a.angle
    target.roll(Math.atan2(Math.sin(turn), Math.cos(turn)))
  }

  const up = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId) || event.type === 'pointercancel') return
    if (fingers.size > 0 || severalFingers || sliding || travelled > CLICK_SLOP) return
    const box = element.getBoundingClientRect()
    target.click(event.clientX - box.left, event.clientY - box.top)
  }

  const wheel = (event: WheelEvent) => {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1
    target.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.0015))
  }
  const noMenu = (event: Event) => event.preventDefault()

  const { touchAction } = element.style
  element.style.touchAction = 'none'
  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', up)
  element.addEventListener('wheel', wheel, { passive: false })
  element.addEventListener('contextmenu', noMenu)
  return () => {
    element.style.touchAction = touchAction
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', up)
    element.removeEventListener('wheel', wheel)
    element.removeEventListener('contextmenu', noMenu)
  }
}

const spread = ([a, b]: [Finger, Finger]) => ({
  x: (a.x + b.x) / 2,
  y: (a.y + b.y) / 2,
  size: Math.hypot(b.x - a.x, b.y - a.y),
  angle: Math.atan2(b.y - a.y, b.x - a.x),
})
