import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { create } from 'zustand'

export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' } as const
export type Language = keyof typeof LANGUAGES

/** Text in every language of the product, as algorithm manifests carry it. */
export type Localized = Partial<Record<Language, string>>

const STORAGE_KEY = 'hounsfield.language'

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && value in LANGUAGES
}

function firstLanguage(): Language {
  const stored = localStorage.getItem(STORAGE_KEY)
  if (isLanguage(stored)) return stored
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) ? 'zh-CN' : 'en'
}

export const useLanguage = create<{ language: Language }>(() => ({ language: 'en' }))

export function currentLanguage(): Language {
  return useLanguage.getState().language
}

const texts = {
  en: () => import('@/locales/en'),
  'zh-CN': () => import('@/locales/zh-CN'),
}

export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'common')) {
    const { default: bundle } = await texts[language]()
    for (const [namespace, entries] of Object.entries(bundle)) i18next.addResourceBundle(language, namespace, entries)
  }
  await i18next.changeLanguage(language)
  localStorage.setItem(STORAGE_KEY, language)
  document.documentElement.lang = language
  useLanguage.setState({ language })
}

export async function startI18n(language: Language = firstLanguage()): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: language,
    fallbackLng: false,
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  })
  await setLanguage(language)
}

export function localized(
  text: Localized | string | undefined,
  fallback: string,
  language = currentLanguage(),
): string {
  if (typeof text === 'string') return text
  return text?.[language] ?? text?.en ?? fallback
}
