import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function ConfigsPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.configs')}>{null}</Page>
}
