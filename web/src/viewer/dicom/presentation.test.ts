import { describe, expect, it } from 'vitest'
import { isFor, lookOf, type Presentation } from './presentation'

const LINEAR = { function: 'LINEAR', curve: null }

const state: Presentation = {
  rotation: 90,
  flip_horizontal: true,
  inverse: true,
  images: [],
  graphics: [],
  texts: [],
  areas: [],
  shutters: [],
  vois: [
    { ...LINEAR, center: 40, width: 400, images: [{ sop_uid: 'other', frames: [] }] },
    { ...LINEAR, center: -600, width: 1500, images: [{ sop_uid: 'this', frames: [2] }] },
  ],
}

describe('a presentation state', () => {
  it('is for the images and frames that it names, or for all', () => {
    expect(isFor({ images: [] }, { sopUid: 'any', frame: 1 })).toBe(true)
    expect(isFor(state.vois[0]!, { sopUid: 'other', frame: 7 })).toBe(true)
    expect(isFor(state.vois[1]!, { sopUid: 'this', frame: 1 })).toBe(false)
  })

  it('gives the window of the image, and turns the other way once mirrored', () => {
    const look = lookOf(state, { sopUid: 'this', frame: 2 })
    expect(look.shadesOf({ sopUid: 'this', frame: 2 })).toEqual({
      kind: 'linear',
      window: { center: -600, width: 1500 },
    })
    expect(look).toMatchObject({
      inverse: true,
      flipHorizontal: true,
      rotation: 270,
      area: null,
    })
    expect(lookOf({ ...state, flip_horizontal: false }, { sopUid: 'none', frame: 1 })).toMatchObject({ rotation: 90 })
  })

  it('gives every image its own window, and what names none goes after what does', () => {
    const forAll = { ...LINEAR, center: 50, width: 350, images: [] }
    const { shadesOf } = lookOf({ ...state, vois: [forAll, ...state.vois] }, { sopUid: 'this', frame: 2 })
    expect(shadesOf({ sopUid: 'other', frame: 1 })).toEqual({ kind: 'linear', window: { center: 40, width: 400 } })
    expect(shadesOf({ sopUid: 'this', frame: 1 })).toEqual({ kind: 'linear', window: { center: 50, width: 350 } })
  })
})
