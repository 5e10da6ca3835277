import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card, CardHeader, Page } from '@/components/ui'
import type { Engine } from '@/lib/api'
import { may } from '@/lib/api/access'
import { profileQuery } from '@/lib/api/account'
import { enginesQuery } from '@/lib/api/admin'
import { FLEET_ROOM } from '@/lib/api/fleet'
import { number } from '@/lib/format'
import { useRoom } from '@/lib/realtime'
import { EngineConfirm, type EngineChange } from './EngineConfirm'
import { ENGINE_TONE } from './engineTone'
import { EngineTable } from './EngineTable'
import { EngineTokens } from './EngineTokens'

export function EnginesPage() {
  const { t } = useTranslation('admin')
  const canManage = may.manageEngines(useQuery(profileQuery).data)
  const query = useQuery(enginesQuery)
  const [asked, setAsked] = useState<{ engine: Engine; change: EngineChange }>()
  useRoom(FLEET_ROOM)
  return (
    <Page title={t('engines.title')} note={query.data && <Summary engines={query.data} />}>
      <div className="flex flex-col gap-4">
        <Card>
          <CardHeader title={t('engines.registered')} note={t('engines.note')} />
          <EngineTable query={query} onAsk={canManage ? (engine, change) => setAsked({ engine, change }) : undefined} />
        </Card>
        {canManage && <EngineTokens />}
      </div>
      {asked && <EngineConfirm {...asked} onClose={() => setAsked(undefined)} />}
    </Page>
  )
}

/** How many engines are in each state, and what they can still take. */
function Summary({ engines }: { engines: Engine[] }) {
  const { t } = useTranslation('admin')
  const states = Object.keys(ENGINE_TONE) as Engine['status'][]
  const counts = states
    .map((state) => ({ state, count: engines.filter(({ status }) => status === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${number(count)} ${t(`engineStatus.${state}`)}`)
  const free = engines
    .filter(({ status }) => status === 'AVAILABLE')
    .reduce((sum, engine) => sum + engine.capacity - engine.current_load, 0)
  if (counts.length === 0) return null
  return (
    <span className="tnum">
      {counts.join(' · ')} · {t('engines.free', { count: free, shown: number(free) })}
    </span>
  )
}
