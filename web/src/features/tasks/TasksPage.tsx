import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function TasksPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.tasks')}>{null}</Page>
}
