import { useTranslation } from 'react-i18next'
import { useLanguage } from '@/lib/i18n'
import { optionTitle, type JsonSchema } from '@/lib/schema'

/** Names values of enums in the reader's language. */
export function useOptionTitle() {
  const { t, i18n } = useTranslation()
  const language = useLanguage((state) => state.language)
  const known = (value: string) => {
    const key = `word.${value}`
    return i18n.exists(key) ? t(key as 'word.auto') : undefined
  }
  return (schema: JsonSchema, value: unknown) => optionTitle(schema, value, known, language)
}
