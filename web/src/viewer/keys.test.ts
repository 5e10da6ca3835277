import { describe, expect, it } from 'vitest'
import { keyAction } from './keys'

const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
  keyAction({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held })

describe('keyAction', () => {
  it.each(['A', 'P', 'L', 'R', 'S', 'I'])('%s is a standard view in either case', (face) => {
    expect(press(face)).toEqual({ kind: 'view', face })
    expect(press(face.toLowerCase())).toEqual({ kind: 'view', face })
  })

  it.each(['0', 'Home'])('%s goes back to the first view', (key) => expect(press(key)).toEqual({ kind: 'reset' }))

  it('turns with the arrows and slides with Shift', () => {
    expect(press('ArrowLeft')).toMatchObject({ kind: 'orbit', horizontal: expect.closeTo(-Math.PI / 36) as number })
    expect(press('ArrowDown', { shiftKey: true })).toEqual({ kind: 'pan', dx: 0, dy: 0.05 })
  })

  it('leaves the browser its own shortcuts and the other letters', () => {
    expect(press('r', { ctrlKey: true })).toBeNull()
    expect(press('p', { metaKey: true })).toBeNull()
    expect(press('x')).toBeNull()
    expect(press('Shift')).toBeNull()
  })
})
