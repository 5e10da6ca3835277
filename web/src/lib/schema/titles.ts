import { localized, type Language } from '@/lib/i18n'
import type { JsonSchema, ParameterField } from './types'

const readable = (name: string) => {
  const words = name.replaceAll('_', ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const fieldTitle = (field: Pick<ParameterField, 'name' | 'schema'>, language: Language): string =>
  localized(field.schema['x-title'], field.schema.title ?? readable(field.name), language)

export const fieldHint = (schema: JsonSchema, language: Language): string | undefined =>
  localized(schema['x-description'], schema.description ?? '', language) || undefined

/** Names a value of an enum: by the schema, else by the words this page knows, else by the value itself. */
export function optionTitle(
  schema: JsonSchema,
  value: unknown,
  known: (value: string) => string | undefined,
  language: Language,
) {
  const key = String(value)
  const titles = schema['x-enum-titles'] ?? schema.items?.['x-enum-titles']
  return localized(titles?.[key], known(key) ?? readable(key), language)
}
