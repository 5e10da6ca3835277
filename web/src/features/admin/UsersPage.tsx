import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'

export function UsersPage() {
  const { t } = useTranslation()
  return <Page title={t('nav.users')}>{null}</Page>
}
