import { MagnifyingGlassIcon } from '@heroicons/react/24/solid'
import type { UseQueryResult } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Page } from '@/lib/api'
import { Button } from './Button'
import { DataTable, type DataTableProps } from './DataTable'
import { Pagination } from './Pagination'
import { EmptyState } from './State'

export interface PagedTableProps<T, S extends string> extends Pick<
  DataTableProps<T>,
  'label' | 'columns' | 'rowKey' | 'card' | 'empty'
> {
  query: UseQueryResult<Page<T>>
  /** Takes all filters away; present while one is set. */
  onClear?: () => void
  sort?: S
  /** Asks for another stretch or order of the list. */
  onChange: (next: { page?: number; size?: number; sort?: S }) => void
}

/** A list that the platform gives page by page. */
export function PagedTable<T, S extends string = never>(props: PagedTableProps<T, S>) {
  const { query, empty, onClear, onChange, ...table } = props
  const { data } = query
  return (
    <>
      <DataTable
        {...table}
        rows={data?.items}
        error={query.error}
        onRetry={() => void query.refetch()}
        stale={query.isPlaceholderData}
        onSort={(sort) => onChange({ sort: sort as S })}
        empty={onClear ? <NoMatches onClear={onClear} /> : empty}
      />
      {data && (
        <Pagination
          page={data.page}
          size={data.size}
          total={data.total}
          onPage={(page) => onChange({ page })}
          onSize={(size) => onChange({ size })}
        />
      )}
    </>
  )
}

export function NoMatches({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={MagnifyingGlassIcon}
      title={t('state.noResultsTitle')}
      action={<Button onClick={onClear}>{t('action.clearFilters')}</Button>}
    />
  )
}
