import { CircleStackIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Card, CardHeader, EmptyState, PagedTable, Select, type Column } from '@/components/ui'
import type { Transaction } from '@/lib/api'
import { transactionsQuery } from '@/lib/api/points'
import { OPERATIONS } from '@/lib/api/types'
import { cn } from '@/lib/cn'
import { dateTime, number, shortDateTime } from '@/lib/format'
import { withPage } from '@/lib/search'
import { UNITS, type PointsSearch } from './search'

/** What happened to the points: one line for each operation, with the order it belongs to. */
export function History() {
  const { t } = useTranslation('points')
  const search = useSearch({ from: '/member/points' })
  const navigate = useNavigate({ from: '/points' })
  const change = (next: Partial<PointsSearch>) =>
    void navigate({ to: '/points', search: (old) => ({ ...old, page: undefined, ...next }), replace: true })
  const query = useQuery(transactionsQuery(withPage(search)))
  const clear = () => change({ unit: undefined, type: undefined })
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
      className: 'whitespace-nowrap font-medium',
      cell: (entry) => t(`kind.${entry.kind}`),
    },
    { key: 'order', header: t('order'), className: 'min-w-64', cell: (entry) => <Order entry={entry} /> },
    { key: 'unit', header: t('unitHeader'), className: 'whitespace-nowrap', cell: (entry) => t(`unit.${entry.unit}`) },
    {
      key: 'amount',
      header: t('amount'),
      align: 'right',
      className: 'whitespace-nowrap',
      cell: (entry) => <Amount entry={entry} />,
    },
    {
      key: 'after',
      header: t('after'),
      align: 'right',
      className: 'whitespace-nowrap text-muted',
      cell: (entry) => number(entry.available_after),
    },
    { key: 'reason', header: t('reason'), className: 'w-full text-muted', cell: (entry) => entry.reason },
  ]
  return (
    <Card>
      <CardHeader title={t('history')} actions={<Filters search={search} onChange={change} />} />
      <PagedTable
        label={t('history')}
        columns={columns}
        query={query}
        rowKey={(entry) => `${entry.transaction_id} ${entry.unit}`}
        card={(entry) => <EntryCard entry={entry} />}
        onChange={change}
        onClear={search.unit || search.type ? clear : undefined}
        empty={
          <EmptyState icon={CircleStackIcon} title={t('emptyTitle')}>
            {t('empty')}
          </EmptyState>
        }
      />
    </Card>
  )
}

function Filters({ search, onChange }: { search: PointsSearch; onChange: (next: Partial<PointsSearch>) => void }) {
  const { t } = useTranslation('points')
  return (
    <div className="flex flex-wrap gap-2">
      <Select
        aria-label={t('kindHeader')}
        className="w-auto"
        value={search.type ?? ''}
        onChange={(event) => onChange({ type: (event.target.value || undefined) as PointsSearch['type'] })}
      >
        <option value="">{t('allKinds')}</option>
        {OPERATIONS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`kind.${kind}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t('unitHeader')}
        className="w-auto"
        value={search.unit ?? ''}
        onChange={(event) => onChange({ unit: (event.target.value || undefined) as PointsSearch['unit'] })}
      >
        <option value="">{t('allUnits')}</option>
        {UNITS.map((unit) => (
          <option key={unit} value={unit}>
            {t(`unit.${unit}`)}
          </option>
        ))}
      </Select>
    </div>
  )
}

function EntryCard({ entry }: { entry: Transaction }) {
  const { t } = useTranslation('points')
  return (
    <div className="flex flex-col gap-1 px-4 py-2.5">
      <div className="flex justify-between gap-3">
        <span className="font-medium">{t(`kind.${entry.kind}`)}</span>
        <span>
          <Amount entry={entry} /> <span className="text-xs text-muted">{t(`unit.${entry.unit}`)}</span>
        </span>
      </div>
      {entry.order_no && <Order entry={entry} />}
      <p className="tnum flex justify-between gap-3 text-xs text-muted">
        <span>{shortDateTime(entry.at)}</span>
        <span>{t('afterShort', { amount: number(entry.available_after) })}</span>
      </p>
      {entry.reason && <p className="text-xs break-words text-muted">{entry.reason}</p>}
    </div>
  )
}

/** The order by its name, which leads to its task, and by its number. */
function Order({ entry: { order_no: order, order_name: name, task_id: taskId } }: { entry: Transaction }) {
  if (!order) return '—'
  return (
    <span className="flex flex-wrap items-baseline gap-x-2">
      {taskId ? (
        <Link to="/tasks/$taskId" params={{ taskId }} className="hover:text-blue-text hover:underline">
          {name}
        </Link>
      ) : (
        name
      )}
      <span className="tnum text-xs text-muted">{order}</span>
    </span>
  )
}

/** What changed of the points that can be spent; a charge takes from those that were held for it. */
function Amount({ entry: { amount, held_change: held } }: { entry: Transaction }) {
  const { t } = useTranslation('points')
  if (amount === 0) return <span className="tnum text-muted">{t('fromHold', { amount: number(-held) })}</span>
  return (
    <span className={cn('tnum font-medium', amount > 0 && 'text-green-text')}>
      {amount > 0 ? '+' : ''}
      {number(amount)}
    </span>
  )
}
