import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Skeleton } from '@/components/ui'
import { patientStatisticsQuery } from '@/lib/api/patients'
import { number } from '@/lib/format'

// a list of definitions takes nothing but plain boxes
const FIGURE = 'rounded-md border border-line bg-surface px-4 py-3 shadow-card'

/** Figures above the list; a figure that cannot be read is no reason to hide the list. */
export function Statistics() {
  const { t } = useTranslation('patients')
  const { data, error } = useQuery(patientStatisticsQuery)
  if (error) return null
  const figures = [
    [t('figures.total'), data?.total],
    [t('figures.new'), data?.new_this_month],
    [t('figures.today'), data?.visits_today],
    [t('figures.scheduled'), data?.visits_scheduled],
    [t('figures.restricted'), data?.restricted],
  ] as const
  return (
    <dl className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      {figures.map(([name, value]) => (
        <div key={name} className={FIGURE}>
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="tnum text-base font-semibold">
            {value === undefined ? <Skeleton className="mt-1 w-10" /> : number(value)}
          </dd>
        </div>
      ))}
      <div className={FIGURE}>
        <dt className="text-xs text-muted">{t('figures.ages')}</dt>
        <dd className="mt-1">{data ? <Ages bands={data.by_age} /> : <Skeleton className="w-24" />}</dd>
      </div>
    </dl>
  )
}

function Ages({ bands }: { bands: { start: number; to: number | null; count: number }[] }) {
  const { t } = useTranslation('patients')
  const most = Math.max(1, ...bands.map(({ count }) => count))
  return (
    <ul className="flex h-8 items-end gap-1.5">
      {bands.map(({ start, to, count }) => {
        const name = to === null ? t('figures.from', { start }) : t('figures.between', { start, to: to - 1 })
        return (
          <li key={start} title={`${name}: ${number(count)}`} className="flex h-full flex-1 flex-col justify-end">
            <span className="sr-only">{`${name}: ${number(count)}`}</span>
            {/* the height is a share of the largest band, in tenths: the page's policy allows no inline style */}
            <span aria-hidden className={`block rounded-sm bg-blue ${HEIGHTS[Math.round((count / most) * 8)]}`} />
          </li>
        )
      })}
    </ul>
  )
}

const HEIGHTS = ['h-px', 'h-1', 'h-2', 'h-3', 'h-4', 'h-5', 'h-6', 'h-7', 'h-8']
