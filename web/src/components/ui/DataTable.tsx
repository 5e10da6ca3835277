import { ChevronDownIcon, ChevronUpDownIcon, ChevronUpIcon } from '@heroicons/react/16/solid'
import { useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from '@/lib/cn'
import { useIsPhone } from '@/lib/hooks/useMediaQuery'
import { useOverflow } from '@/lib/hooks/useOverflow'
import { Skeleton } from './Skeleton'
import { ErrorState } from './State'

export interface Column<T> {
  key: string
  header: string
  cell: (row: T) => ReactNode
  /** Orders the server offers for this column, in the order in which pressing its header takes them. */
  sorts?: string[]
  align?: 'right'
  /** The header is for screen readers only. */
  quiet?: boolean
  className?: string
}

export interface DataTableProps<T> {
  label: string
  columns: Column<T>[]
  rows: T[] | undefined
  rowKey: (row: T) => string
  /** One row as a block, on a phone. */
  card: (row: T) => ReactNode
  empty: ReactNode
  error?: unknown
  onRetry?: () => void
  /** Shown rows are of the previous page or filter. */
  stale?: boolean
  sort?: string
  onSort?: (sort: string) => void
  skeletonRows?: number
}

/** A list with its waiting, failing and empty forms. Narrow screens get blocks in place of columns. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, rows, rowKey, card, empty, error, onRetry, stale, skeletonRows = 8 } = props
  const { t } = useTranslation()
  const isPhone = useIsPhone()

  if (error && !rows) return <ErrorState error={error} onRetry={onRetry} />
  if (rows?.length === 0) return <>{empty}</>
  if (!isPhone) return <Table {...props} skeletonRows={skeletonRows} />
  return (
    <ul aria-label={label} aria-busy={!rows || stale} className={cn('divide-y divide-line', stale && 'opacity-60')}>
      {rows
        ? rows.map((row) => <li key={rowKey(row)}>{card(row)}</li>)
        : Array.from({ length: 5 }, (_, i) => (
            <li key={i} className="flex flex-col gap-2 p-4">
              <span className="sr-only">{t('state.loading')}</span>
              <Skeleton className="w-2/3" />
              <Skeleton className="w-1/3" />
            </li>
          ))}
    </ul>
  )
}

function Table<T>({ label, columns, rows, rowKey, stale, sort, onSort, skeletonRows }: DataTableProps<T>) {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const scrolls = useOverflow(scroller)
  return (
    // Only a table that is wider than its place is a stop for the keyboard.
    <div
      ref={scroller}
      className="relative overflow-x-auto"
      {...(scrolls && { role: 'region', 'aria-label': label, tabIndex: 0 })}
    >
      <table className="w-full border-collapse text-left" aria-label={label} aria-busy={!rows || stale}>
        <thead>
          <tr className="border-b border-line bg-sunken">
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody className={cn('divide-y divide-line transition-opacity', stale && 'opacity-60')}>
          {rows
            ? rows.map((row) => (
                <tr key={rowKey(row)} className="hover:bg-sunken">
                  {columns.map((column) => (
                    <td
                      key={column.key}
                      className={cn(
                        'h-10 px-3 py-1 first:pl-4 last:pr-4',
                        column.align === 'right' && 'tnum text-right',
                        column.className,
                      )}
                    >
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))
            : Array.from({ length: skeletonRows ?? 8 }, (_, i) => (
                <tr key={i}>
                  {columns.map((column, c) => (
                    <td key={column.key} className="h-10 px-3 first:pl-4 last:pr-4">
                      {i === 0 && c === 0 && <span className="sr-only">{t('state.loading')}</span>}
                      <Skeleton className={c === 0 ? 'w-40' : 'w-16'} />
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  )
}

interface HeaderCellProps<T> {
  column: Column<T>
  sort?: string
  onSort?: (sort: string) => void
}

function HeaderCell<T>({ column, sort, onSort }: HeaderCellProps<T>) {
  const { t } = useTranslation()
  const sorts = column.sorts ?? []
  const active = sort !== undefined && sorts.includes(sort)
  const down = active && sort.startsWith('-')
  const up = active && !down
  const style = cn(
    'h-9 px-3 text-xs font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4',
    column.align === 'right' && 'text-right',
    column.className,
  )
  if (sorts.length === 0 || !onSort) {
    return (
      <th scope="col" className={style}>
        {column.quiet ? <span className="sr-only">{column.header}</span> : column.header}
      </th>
    )
  }
  const Mark = up ? ChevronUpIcon : down ? ChevronDownIcon : ChevronUpDownIcon
  return (
    <th scope="col" aria-sort={up ? 'ascending' : down ? 'descending' : 'none'} className={style}>
      <button
        type="button"
        title={t('list.sortBy', { column: column.header })}
        className={cn('inline-flex items-center gap-0.5 rounded-sm hover:text-text', active && 'text-text')}
        onClick={() => onSort(sorts[(sorts.indexOf(sort ?? '') + 1) % sorts.length] ?? '')}
      >
        {column.header}
        <Mark className="size-4" aria-hidden />
      </button>
    </th>
  )
}
