import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, ErrorState, Page, Skeleton } from '@/components/ui'
import type { Balance } from '@/lib/api'
import { balanceQuery } from '@/lib/api/points'
import { number } from '@/lib/format'
import { History } from './History'

export function PointsPage() {
  const { t } = useTranslation('points')
  const balance = useQuery(balanceQuery)
  return (
    <Page title={t('title')}>
      <div className="flex flex-col gap-4">
        {balance.error && !balance.data ? (
          <Card>
            <ErrorState error={balance.error} onRetry={() => void balance.refetch()} />
          </Card>
        ) : (
          <Holdings balance={balance.data} />
        )}
        <History />
      </div>
    </Page>
  )
}

const HOLDINGS = [
  { key: 'low', unit: 'POINT_LOW' },
  { key: 'high', unit: 'POINT_HIGH' },
  { key: 'credits', unit: 'MEMBER_CREDIT' },
] as const

function Holdings({ balance }: { balance: Balance | undefined }) {
  const { t } = useTranslation('points')
  return (
    <Card className="grid divide-y divide-line sm:grid-cols-3 sm:divide-x sm:divide-y-0">
      {HOLDINGS.map(({ key, unit }) => (
        <div key={key} className="flex flex-col gap-1 px-4 py-3">
          <h2 className="text-xs text-muted">{t(`unit.${unit}`)}</h2>
          {balance ? (
            <>
              <p className="tnum text-2xl/8 font-semibold tracking-tight">{number(balance[key].available)}</p>
              <p className="tnum text-xs text-muted">{t('held', { amount: number(balance[key].held) })}</p>
            </>
          ) : (
            <>
              <Skeleton className="my-1.5 h-5 w-20" />
              <Skeleton className="w-32" />
            </>
          )}
        </div>
      ))}
    </Card>
  )
}
