import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function OrderPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.upload')}>{null}</Page>
}
