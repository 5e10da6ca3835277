import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bindPointers, type ControlTarget } from './controls'

let element: HTMLElement
let target: { [K in keyof ControlTarget]: ReturnType<typeof vi.fn<ControlTarget[K]>> }
let letGo: () => void

/** jsdom has no PointerEvent: a mouse event with a pointer's number stands in for it. */
function fire(type: string, x: number, y: number, more: MouseEventInit & { pointerId?: number } = {}) {
  const { pointerId = 1, ...init } = more
  const event = new MouseEvent(type, { clientX: x, clientY: y, bubbles: true, cancelable: true, ...init })
  element.dispatchEvent(Object.assign(event, { pointerId }))
}

beforeEach(() => {
  element = document.createElement('div')
  Object.defineProperty(element, 'clientHeight', { value: 200 })
  element.setPointerCapture = vi.fn()
  target = { orbit: vi.fn(), pan: vi.fn(), zoom: vi.fn(), roll: vi.fn(), click: vi.fn() }
  letGo = bindPointers(element, target)
})
afterEach(() => letGo())

describe('pointers', () => {
  it('turn with the left button: the height is half a circle', () => {
    fire('pointerdown', 0, 0)
    fire('pointermove', 100, -50)
    expect(target.orbit).toHaveBeenCalledExactlyOnceWith(Math.PI / 2, -Math.PI / 4)
  })

  it.each([{ button: 1 }, { button: 2 }, { shiftKey: true }])('slide with %o', (held) => {
    fire('pointerdown', 0, 0, held)
    fire('pointermove', 20, 10)
    expect(target.pan).toHaveBeenCalledExactlyOnceWith(0.1, 0.05)
    expect(target.orbit).not.toHaveBeenCalled()
  })

  it('click where they did not move, and only there', () => {
    fire('pointerdown', 30, 40)
    fire('pointermove', 32, 41)
    fire('pointerup', 32, 41)
    expect(target.click).toHaveBeenCalledExactlyOnceWith(32, 41)
    expect(target.orbit).not.toHaveBeenCalled()
    fire('pointerdown', 30, 40)
    fire('pointermove', 60, 40)
    fire('pointerup', 30, 40)
    expect(target.click).toHaveBeenCalledOnce()
  })

  it('move closer, slide and roll with two fingers, and do not click when they leave', () => {
    fire('pointerdown', 0, 0, { pointerId: 1 })
    fire('pointerdown', 100, 0, { pointerId: 2 })
    fire('pointermove', 200, 0, { pointerId: 2 })
    expect(target.zoom).toHaveBeenLastCalledWith(2)
    expect(target.pan).toHaveBeenLastCalledWith(0.25, 0)
    fire('pointermove', 0, 200, { pointerId: 2 })
    expect(target.roll).toHaveBeenLastCalledWith(Math.PI / 2)
    expect(target.orbit).not.toHaveBeenCalled()
    fire('pointerup', 0, 200, { pointerId: 2 })
    fire('pointerup', 0, 0, { pointerId: 1 })
    expect(target.click).not.toHaveBeenCalled()
  })

  it('move closer with the wheel and keep the page from scrolling', () => {
    const event = new WheelEvent('wheel', { deltaY: -100, cancelable: true })
    element.dispatchEvent(event)
    expect(target.zoom.mock.calls[0]![0]).toBeGreaterThan(1)
    expect(event.defaultPrevented).toBe(true)
  })

  it('are let go of', () => {
    letGo()
    fire('pointerdown', 0, 0)
    fire('pointermove', 100, 0)
    expect(target.orbit).not.toHaveBeenCalled()
  })
})
