import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function ModelViewerPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.models')}>{null}</Page>
}
