import { CircleStackIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import {
  Card,
  CardHeader,
  DataTable,
  EmptyState,
  ErrorState,
  Page,
  Pagination,
  Select,
  Skeleton,
  type Column,
} from '@/components/ui'
import type { Balance, Transaction, Unit } from '@/lib/api'
import { balanceQuery, transactionsQuery } from '@/lib/api/points'
import { cn } from '@/lib/cn'
import { dateTime, number, shortDateTime } from '@/lib/format'
import { withPage } from '@/lib/search'
import { UNITS, type PointsSearch } from './search'

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

function History() {
  const { t, i18n } = useTranslation(['points', 'common'])
  const search = useSearch({ from: '/member/points' })
  const navigate = useNavigate({ from: '/points' })
  const change = (next: Partial<PointsSearch>) =>
    void navigate({ to: '/points', search: (old) => ({ ...old, page: undefined, ...next }), replace: true })
  const query = useQuery(transactionsQuery(withPage(search)))
  const { data } = query
  const kindName = (kind: string) => {
    const key = `kind.${kind.toUpperCase()}`
    return i18n.exists(key, { ns: 'points' }) ? t(key as 'kind.HOLD') : kind
  }
  // What the platform writes itself is known; anything else a person wrote.
  const reasonText = ({ reason, order_no: order }: Transaction) => {
    if (reason === 'registration' || reason === 'cancelled') return t(`reasonOf.${reason}`)
    const taker = /^allocated to (.+)$/.exec(reason ?? '')?.[1]
    if (taker) return t('reasonOf.allocated', { name: taker })
    return order && /^[A-Z]+(_[A-Z]+)*$/.test(reason ?? '') ? t('reasonOf.failed') : reason
  }
  // Each hold moves points twice: out of what is available, into what is held. The second is said more quietly.
  const isHeld = (entry: Transaction) => entry.kind.endsWith('_held')
  const after = (entry: Transaction) =>
    isHeld(entry) ? t('heldShort', { amount: number(entry.available_after) }) : number(entry.available_after)
  const amount = (entry: Transaction) => (
    <span
      className={cn(
        'tnum',
        isHeld(entry) ? 'text-muted' : 'font-medium',
        !isHeld(entry) && entry.amount > 0 && 'text-green-text',
      )}
    >
      {entry.amount > 0 ? '+' : ''}
      {number(entry.amount)}
    </span>
  )
  const columns: Column<Transaction>[] = [
    {
      key: 'at',
      header: t('at'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (entry) => <span title={dateTime(entry.at)}>{shortDateTime(entry.at)}</span>,
    },
    {
      key: 'kind',
      header: t('kindHeader'),
      cell: (entry) => <span className={cn(isHeld(entry) && 'font-normal text-muted')}>{kindName(entry.kind)}</span>,
      className: 'whitespace-nowrap font-medium',
    },
    { key: 'unit', header: t('unitHeader'), cell: (entry) => t(`unit.${entry.unit}`), className: 'whitespace-nowrap' },
    { key: 'amount', header: t('amount'), align: 'right', cell: amount },
    { key: 'after', header: t('after'), align: 'right', cell: after, className: 'whitespace-nowrap text-muted' },
    { key: 'order', header: t('order'), cell: (entry) => entry.order_no ?? '—', className: 'tnum text-xs text-muted' },
    {
      key: 'reason',
      header: t('reason'),
      className: 'w-full text-muted',
      cell: (entry) => reasonText(entry),
    },
  ]
  return (
    <Card>
      <CardHeader
        title={t('history')}
        actions={
          <Select
            aria-label={t('unitHeader')}
            className="w-auto"
            value={search.unit ?? ''}
            onChange={(event) => change({ unit: (event.target.value || undefined) as Unit | undefined })}
          >
            <option value="">{t('allUnits')}</option>
            {UNITS.map((unit) => (
              <option key={unit} value={unit}>
                {t(`unit.${unit}`)}
              </option>
            ))}
          </Select>
        }
      />
      <DataTable
        label={t('history')}
        columns={columns}
        rows={data?.items}
        rowKey={(entry) => `${entry.transaction_id} ${entry.kind} ${entry.unit}`}
        card={(entry) => (
          <div className="flex flex-col gap-1 px-4 py-2.5">
            <div className="flex justify-between gap-3">
              <span className="font-medium">{kindName(entry.kind)}</span>
              <span>
                {amount(entry)} <span className="text-xs text-muted">{t(`unit.${entry.unit}`)}</span>
              </span>
            </div>
            <p className="tnum flex justify-between gap-3 text-xs text-muted">
              <span>{shortDateTime(entry.at)}</span>
              <span>{isHeld(entry) ? after(entry) : t('afterShort', { amount: after(entry) })}</span>
            </p>
            {(entry.reason || entry.order_no) && (
              <p className="text-xs break-words text-muted">
                {[entry.order_no, reasonText(entry)].filter(Boolean).join(' · ')}
              </p>
            )}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        stale={query.isPlaceholderData}
        empty={
          <EmptyState icon={CircleStackIcon} title={t('emptyTitle')}>
            {t('empty')}
          </EmptyState>
        }
      />
      {data && (
        <Pagination
          page={data.page}
          size={data.size}
          total={data.total}
          onPage={(page) => change({ page })}
          onSize={(size) => change({ size })}
        />
      )}
    </Card>
  )
}
