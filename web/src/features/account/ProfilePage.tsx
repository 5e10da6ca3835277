import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function ProfilePage() {
  const { t } = useTranslation()
  return <Page title={t('nav.profile')}>{null}</Page>
}
