import { useTranslation } from 'react-i18next'
import { Button, Input, SearchField, Select } from '@/components/ui'
import { MODALITIES } from '@/lib/modalities'
import { STUDY_SORTS, type StudySearch, type StudySort } from './search'

export interface StudyFiltersProps {
  search: StudySearch
  onChange: (next: Partial<StudySearch>) => void
  /** Present when a filter is set. */
  onClear?: () => void
}

export function StudyFilters({ search, onChange, onClear }: StudyFiltersProps) {
  const { t } = useTranslation(['studies', 'common'])
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
      <SearchField
        label={t('filterText')}
        value={search.q ?? ''}
        onSearch={(q) => onChange({ q: q.trim() || undefined })}
        className="w-full md:w-72"
      />
      <Select
        aria-label={t('modality')}
        className="w-full md:w-auto"
        value={search.modality ?? ''}
        onChange={(event) => onChange({ modality: event.target.value || undefined })}
      >
        <option value="">{t('allModalities')}</option>
        {MODALITIES.map((modality) => (
          <option key={modality}>{modality}</option>
        ))}
      </Select>
      <div className="flex w-full items-center gap-2 md:w-auto">
        <Input
          type="date"
          aria-label={t('dateFrom')}
          className="min-w-0 flex-1 md:w-36"
          value={search.date_from ?? ''}
          max={search.date_to}
          onChange={(event) => onChange({ date_from: event.target.value || undefined })}
        />
        <span className="text-muted" aria-hidden>
          –
        </span>
        <Input
          type="date"
          aria-label={t('dateTo')}
          className="min-w-0 flex-1 md:w-36"
          value={search.date_to ?? ''}
          min={search.date_from}
          onChange={(event) => onChange({ date_to: event.target.value || undefined })}
        />
      </div>
      {/* The column of the usual order is there on wide screens only. */}
      <Select
        aria-label={t('sort.label')}
        className="w-full md:ml-auto md:w-auto"
        value={search.sort ?? '-created_at'}
        onChange={(event) => onChange({ sort: event.target.value as StudySort })}
      >
        {STUDY_SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {t(`sort.${sort}`)}
          </option>
        ))}
      </Select>
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t('common:action.clearFilters')}
        </Button>
      )}
    </div>
  )
}
