import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function StudiesPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.studies')}>{null}</Page>
}
