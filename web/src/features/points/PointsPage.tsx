import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function PointsPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.points')}>{null}</Page>
}
