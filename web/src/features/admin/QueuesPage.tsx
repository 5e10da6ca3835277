import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardHeader, ErrorState, Page } from '@/components/ui'
import { FLEET_ROOM, queuesQuery } from '@/lib/api/fleet'
import { useRoom } from '@/lib/realtime'
import { DeadLetters } from './DeadLetters'
import { QueueFigures } from './QueueFigures'
import { QueueTable } from './QueueTable'
import { useNow } from './useNow'

export function QueuesPage() {
  const { t } = useTranslation('admin')
  const query = useQuery(queuesQuery)
  const now = useNow()
  useRoom(FLEET_ROOM)
  const shown = { queues: query.data, fetchedAt: query.dataUpdatedAt, now }
  return (
    <Page title={t('queues.title')} note={t('queues.note')}>
      <div className="flex flex-col gap-4">
        {query.error && !query.data ? (
          <Card>
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          </Card>
        ) : (
          <>
            <QueueFigures {...shown} />
            <Card>
              <CardHeader title={t('queues.capabilities')} note={t('queues.capabilitiesNote')} />
              <QueueTable {...shown} />
            </Card>
          </>
        )}
        <DeadLetters />
      </div>
    </Page>
  )
}
