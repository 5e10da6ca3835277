import { expect, test } from 'vitest'
import { surface } from '../../../tests/samples'
import { findFaults, initialValues, parameterFields, type JsonSchema } from '.'

const fields = parameterFields(surface.parameters)
const initial = initialValues(fields)

test('each parameter gets the control that its schema asks for', () => {
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ['tissues', 'word-or-many'],
    ['ranges', 'group'],
    ['smoothing', 'number'],
    ['views', 'many'],
    ['quality', 'choice'],
    ['decimate', 'flag'],
    ['note', 'text'],
  ])
})

test('defaults fill the form, also inside a referenced group', () => {
  expect(initial).toEqual({
    tissues: 'auto',
    ranges: { bone: [200, 3000] },
    smoothing: 0.5,
    views: ['front'],
    quality: 'fine',
    decimate: false,
  })
  expect(findFaults(fields, initial)).toEqual({})
})

test('texts beside a reference win over those of its target', () => {
  const schema: JsonSchema = {
    $defs: { A: { type: 'integer', title: 'Inner' } },
    properties: { a: { $ref: '#/$defs/A', title: 'Outer' } },
  }
  expect(parameterFields(schema)[0]).toMatchObject({ kind: 'number', integer: true, schema: { title: 'Outer' } })
})

test.each([
  [{ smoothing: 1.5 }, { smoothing: { text: 'maximum', limit: 1 } }],
  [{ smoothing: -0.1 }, { smoothing: { text: 'minimum', limit: 0 } }],
  [{ smoothing: Number.NaN }, { smoothing: { text: 'number' } }],
  [{ tissues: [] }, { tissues: { text: 'minItems', limit: 1 } }],
  [{ views: [] }, { views: { text: 'minItems', limit: 1 } }],
  [{ ranges: { bone: [300, 200] } }, { 'ranges.bone': { text: 'order' } }],
  [{ ranges: { bone: [0.5, 200] } }, { 'ranges.bone': { text: 'integer' } }],
  [{ ranges: { bone: [200, 9000] } }, { 'ranges.bone': { text: 'maximum', limit: 3000 } }],
])('%j is refused before it is sent', (change, faults) => {
  expect(findFaults(fields, { ...initial, ...change })).toEqual(faults)
})

test('a parameter that no control fits is left to the platform', () => {
  expect(parameterFields({ properties: { odd: { type: 'array', items: { type: 'object' } } } })).toEqual([])
})
