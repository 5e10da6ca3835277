import { ChevronLeftIcon, ChevronRightIcon } from '@heroicons/react/20/solid'
import { useTranslation } from 'react-i18next'
import { number } from '@/lib/format'
import { IconButton } from './Button'
import { Select } from './Field'

export interface PaginationProps {
  page: number
  size: number
  total: number
  onPage: (page: number) => void
  onSize?: (size: number) => void
}

const SIZES = [20, 50, 100]

export function Pagination({ page, size, total, onPage, onSize }: PaginationProps) {
  const { t } = useTranslation()
  if (total === 0) return null
  const last = Math.max(1, Math.ceil(total / size))
  const from = (page - 1) * size + 1
  return (
    <nav
      aria-label={t('list.pagination')}
      className="flex items-center justify-end gap-2 border-t border-line px-4 py-1.5 text-xs text-muted"
    >
      {onSize && (
        <Select
          aria-label={t('list.size')}
          className="mr-auto h-7 w-auto text-xs"
          value={size}
          onChange={(event) => onSize(Number(event.target.value))}
        >
          {SIZES.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </Select>
      )}
      <span className="tnum">
        {t('list.range', { from: number(from), to: number(Math.min(total, page * size)), total: number(total) })}
      </span>
      <IconButton
        icon={ChevronLeftIcon}
        size="sm"
        label={t('list.previous')}
        disabled={page <= 1}
        onClick={() => onPage(page - 1)}
      />
      <IconButton
        icon={ChevronRightIcon}
        size="sm"
        label={t('list.next')}
        disabled={page >= last}
        onClick={() => onPage(page + 1)}
      />
    </nav>
  )
}
