import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function EnginesPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.engines')}>{null}</Page>
}
