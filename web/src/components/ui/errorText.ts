import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { ApiError, NetworkError } from '@/lib/api'

export interface ErrorText {
  title: string
  detail?: string
}

/** What to say about an error. The platform's own words come in the reader's language already. */
export function errorText(error: unknown, t: TFunction): ErrorText {
  if (error instanceof ApiError) {
    const { title, detail } = error.problem
    return { title, detail: detail === title ? undefined : detail }
  }
  if (error instanceof NetworkError) return { title: t('state.errorTitle'), detail: t('state.unreachable') }
  return { title: t('state.errorTitle'), detail: t('state.unexpected') }
}

export function useErrorText(error: unknown): ErrorText {
  const { t } = useTranslation()
  return errorText(error, t)
}
