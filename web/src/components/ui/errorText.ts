import { useTranslation } from 'react-i18next'
import { ApiError, NetworkError } from '@/lib/api'

export interface ErrorText {
  title: string
  detail?: string
  code?: string
}

/** What to say about an error. The platform's own words come in the reader's language already. */
export function useErrorText(error: unknown): ErrorText {
  const { t } = useTranslation()
  if (error instanceof ApiError) {
    const { title, detail, code } = error.problem
    return { title, detail: detail === title ? undefined : detail, code }
  }
  if (error instanceof NetworkError) return { title: t('state.errorTitle'), detail: t('state.unreachable') }
  return { title: t('state.errorTitle'), detail: t('state.unexpected') }
}
