import { describe, expect, it } from 'vitest'
import type { DisplayConfig, ModelPart } from './api'
import {
  applyConfig,
  configFrom,
  difference,
  fileName,
  loadOrder,
  merge,
  showAll,
  showOnly,
  withChanges,
} from './looks'

const part = (id: string, more: Partial<ModelPart> = {}): ModelPart => ({
  model_id: id,
  stl_name: `${id}.stl`,
  tissue: id,
  color: '#E3DAC9',
  opacity: 1,
  visible: true,
  triangles: 1000,
  volume_ml: 1,
  area_cm2: 1,
  watertight: true,
  stl_url: null,
  glb_url: null,
  ...more,
})
const config: DisplayConfig = {
  tissues: { bone: { color: '#ffffff', opacity: 0.8, visible: true } },
  background: '#101010',
}

describe('changes of looks', () => {
  it('name only what differs, whatever the case of a colour', () => {
    expect(difference(part('bone'), { color: '#e3dac9', opacity: 1 })).toBeNull()
    expect(difference(part('bone'), { color: '#e3dac9', opacity: 0.5, visible: false })).toEqual({
      opacity: 0.5,
      visible: false,
    })
  })

  it('show one part and hide the others, touching none that is right already', () => {
    const parts = [part('bone', { visible: false }), part('skin'), part('liver', { visible: false })]
    expect(showOnly(parts, 'bone')).toEqual(
      new Map([
        ['bone', { visible: true }],
        ['skin', { visible: false }],
      ]),
    )
    expect([...showAll(parts).keys()]).toEqual(['bone', 'liver'])
  })

  it('follow the configuration for the tissues it names and leave the others', () => {
    const changes = applyConfig([part('bone'), part('tumour')], config)
    expect(changes).toEqual(new Map([['bone', { color: '#ffffff', opacity: 0.8 }]]))
  })

  it('add up, the later one winning, and leave untouched parts the same object', () => {
    const parts = [part('bone'), part('skin')]
    const both = merge(new Map([['bone', { opacity: 0.1, visible: false }]]), new Map([['bone', { opacity: 0.2 }]]))
    const changed = withChanges(parts, both)
    expect(changed[0]).toMatchObject({ opacity: 0.2, visible: false, color: '#E3DAC9' })
    expect(changed[1]).toBe(parts[1])
  })
})

describe('the person’s display', () => {
  it('takes these looks and keeps the tissues that this model lacks', () => {
    const skin = part('skin', { opacity: 0.3, color: '#AA8866' })
    expect(configFrom([skin], '#000000', config)).toEqual({
      tissues: { bone: config.tissues.bone, skin: { color: '#AA8866', opacity: 0.3, visible: true } },
      background: '#000000',
    })
  })

  it('lets the first of two parts of a tissue speak for it', () => {
    const two = [part('a', { tissue: 'bone', opacity: 0.9 }), part('b', { tissue: 'bone', opacity: 0.1 })]
    expect(configFrom(two, '#000000', undefined).tissues.bone?.opacity).toBe(0.9)
  })
})

it('loads bone before the clear skin around it, small before large', () => {
  const parts = [
    part('skin', { opacity: 0.25, triangles: 9 }),
    part('bone', { triangles: 500 }),
    part('airway', { triangles: 10 }),
  ]
  expect(loadOrder(parts).map((each) => each.model_id)).toEqual(['airway', 'bone', 'skin'])
})

it('names files by their kind', () => {
  expect(fileName(part('x', { stl_name: 'left.hip.STL' }), 'glb')).toBe('left.hip.glb')
})
