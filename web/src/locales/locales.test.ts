// @vitest-environment node
import { expect, test } from 'vitest'
import en from './en'
import zh from './zh-CN'

type Texts = { [key: string]: string | Texts }

/** Dotted keys with their text; plural forms count as one key, because languages have different ones. */
function flat(texts: Texts, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[path + key.replace(/_(zero|one|two|few|many|other)$/, ''), value] as [string, string]]
      : flat(value, `${path}${key}.`),
  )
}

const english = new Map(flat(en))
const chinese = new Map(flat(zh))
const variables = (text: string | undefined) => [...(text ?? '').matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort()

test('both languages have the same texts', () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
})

test('no text is empty', () => {
  expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([])
})

test('both languages mention the same things', () => {
  const different = [...english.keys()].filter(
    (key) => String(variables(english.get(key))) !== String(variables(chinese.get(key))),
  )
  expect(different).toEqual([])
})

test('every file is part of its language', () => {
  const files = Object.keys(import.meta.glob('./*/*.json'))
  for (const [language, bundle] of [
    ['en', en],
    ['zh-CN', zh],
  ] as const) {
    const names = files
      .filter((file) => file.startsWith(`./${language}/`))
      .map((file) => file.split('/')[2]?.replace('.json', ''))
    expect(Object.keys(bundle).sort()).toEqual(names.sort())
  }
})
