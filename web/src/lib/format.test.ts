import { expect, test } from 'vitest'
import { bytes, day, duration, personName, shortUid } from './format'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [999_600, '1 MB'],
  [123_456_789, '123 MB'],
  [8_589_934_592, '8.6 GB'],
  [null, '—'],
])('%s bytes read %s', (value, text) => {
  expect(bytes(value, 'en')).toBe(text)
})

test.each([
  [5, '0:05'],
  [65, '1:05'],
  [3725, '1:02:05'],
])('%s seconds read %s', (value, text) => {
  expect(duration(value)).toBe(text)
})

test('a calendar day has no time zone', () => {
  expect(day('20260131', 'en')).toBe('31 Jan 2026')
  expect(day('2026-01-31', 'zh-CN')).toBe('2026年1月31日')
  expect(day('', 'en')).toBe('—')
  expect(day('unknown', 'en')).toBe('unknown')
})

test.each([
  ['Wang^Xiaoming=王^小明', 'en', 'Wang, Xiaoming'],
  ['Wang^Xiaoming=王^小明', 'zh-CN', '王小明'],
  ['Lindqvist^Elsa^Maria', 'zh-CN', 'Lindqvist, Elsa Maria'],
  ['=王^小明', 'en', '王小明'],
  ['Anon', 'en', 'Anon'],
  ['', 'en', '—'],
] as const)('person name %s in %s is %s', (pn, language, text) => {
  expect(personName(pn, language)).toBe(text)
})

test('a long UID is told by its ends, a short one is whole', () => {
  expect(shortUid('1.2.840.113619.2.55.3.604688119.971.1234567890.123')).toBe('1.2.840.…7890.123')
  expect(shortUid('1.2.3')).toBe('1.2.3')
})
