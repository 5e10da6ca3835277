import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function StudyPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.studies')}>{null}</Page>
}
