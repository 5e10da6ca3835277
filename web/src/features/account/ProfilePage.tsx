import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardBody, ErrorState, Page, Skeleton } from '@/components/ui'
import { profileQuery } from '@/lib/api/account'
import { day } from '@/lib/format'
import { DetailsForm } from './DetailsForm'
import { PasswordForm } from './PasswordForm'
import { Sessions } from './Sessions'

export function ProfilePage() {
  const { t } = useTranslation(['profile', 'common'])
  const query = useQuery(profileQuery)
  const profile = query.data
  return (
    <Page
      title={t('title')}
      narrow
      note={
        profile &&
        [profile.username, profile.organization.name, t('since', { at: day(profile.created_at) })].join(' · ')
      }
    >
      <div className="flex flex-col gap-4">
        {profile ? (
          <DetailsForm profile={profile} />
        ) : (
          <Card>
            {query.error ? (
              <ErrorState error={query.error} onRetry={() => void query.refetch()} />
            ) : (
              <CardBody className="flex flex-col gap-3" aria-busy>
                <Skeleton className="w-48" />
                <Skeleton className="h-24" />
              </CardBody>
            )}
          </Card>
        )}
        <PasswordForm username={profile?.username} />
        <Sessions />
      </div>
    </Page>
  )
}
