import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Button, SearchField, Select } from '@/components/ui'
import { algorithmsQuery } from '@/lib/api/orders'
import { TASK_STATUSES, type TaskStatus } from '@/lib/api/types'
import { useIsPhone } from '@/lib/hooks/useMediaQuery'
import { localized, useLanguage } from '@/lib/i18n'
import { TASK_SORTS, type TaskSearch } from './search'

export interface TaskFiltersProps {
  search: TaskSearch
  onChange: (next: Partial<TaskSearch>) => void
  /** Present when a filter is set. */
  onClear?: () => void
}

/** From 768 px the text filter is the search field of the top bar. */
export function TaskFilters({ search, onChange, onClear }: TaskFiltersProps) {
  const { t } = useTranslation(['tasks', 'common'])
  const language = useLanguage((state) => state.language)
  const isPhone = useIsPhone()
  const algorithms = useQuery(algorithmsQuery).data?.items
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
      {isPhone && (
        <SearchField
          label={t('common:search.label')}
          placeholder={t('common:search.placeholder')}
          value={search.q ?? ''}
          onSearch={(q) => onChange({ q: q.trim() || undefined })}
          className="w-full"
        />
      )}
      <Select
        aria-label={t('column.status')}
        className="w-auto flex-1 md:flex-none"
        value={search.status ?? ''}
        onChange={(event) => onChange({ status: (event.target.value || undefined) as TaskStatus | undefined })}
      >
        <option value="">{t('allStatuses')}</option>
        {TASK_STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`status.${status}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t('column.type')}
        className="w-auto flex-1 md:max-w-64 md:flex-none"
        value={search.type ?? ''}
        onChange={(event) => onChange({ type: event.target.value || undefined })}
      >
        <option value="">{t('allTypes')}</option>
        {algorithms?.map(({ name, title }) => (
          <option key={name} value={name}>
            {localized(title, name, language)}
          </option>
        ))}
      </Select>
      {isPhone && (
        <Select
          aria-label={t('sort.label')}
          className="w-full"
          value={search.sort ?? '-created_at'}
          onChange={(event) => onChange({ sort: event.target.value as TaskSearch['sort'] })}
        >
          {TASK_SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(`sort.${sort}`)}
            </option>
          ))}
        </Select>
      )}
      {search.q && !isPhone && <span className="text-xs text-muted">{t('matching', { text: search.q })}</span>}
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t('common:action.clearFilters')}
        </Button>
      )}
    </div>
  )
}
