import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Series, StudyDetail } from '@/lib/api'
import { cn } from '@/lib/cn'
import { day, number } from '@/lib/format'
import { SERIES_MIME } from './PaneView'
import { hasPictures, stacksQuery, thumbnailQuery } from './series'
import { reading, useReading, type PaneWish } from './state'

/** The series of a study: a click shows one in the active pane, dragging in any other. */
export function SeriesRail({ study, heading }: { study: StudyDetail; heading?: string }) {
  const { t } = useTranslation('viewer')
  const pictures = study.series.filter(hasPictures)
  return (
    <section aria-label={heading ?? t('series')} className="flex flex-col">
      {heading && (
        <h2 className="tnum px-2 pt-2 pb-1 text-xs text-muted">
          {heading} · {day(study.study_date)}
        </h2>
      )}
      <ul className="flex flex-col gap-1 p-1.5">
        {pictures.map((series) => (
          <SeriesItem key={series.series_uid} study={study} series={series} />
        ))}
      </ul>
    </section>
  )
}

function SeriesItem({ study, series }: { study: StudyDetail; series: Series }) {
  const { t } = useTranslation('viewer')
  const queryClient = useQueryClient()
  const query = stacksQuery(study.study_uid, series.series_uid)
  // Only what has been opened is split into its stacks here; nothing is fetched for the list.
  const stacks = useQuery({ ...query, enabled: false }).data
  const shown = useReading(({ wishes, layout, active }) =>
    wishes.findIndex((wish, i) => wish?.seriesUid === series.series_uid && (layout !== '1x1' || i === active)),
  )
  const wish: PaneWish = { studyUid: study.study_uid, seriesUid: series.series_uid, stackIndex: 0 }
  const name = series.description || t('unnamed')
  return (
    <li>
      <button
        type="button"
        draggable
        aria-pressed={shown >= 0}
        onDragStart={(event) => {
          event.dataTransfer.setData(SERIES_MIME, JSON.stringify(wish))
          event.dataTransfer.effectAllowed = 'copy'
        }}
        onPointerEnter={() => void queryClient.prefetchQuery(query)}
        onClick={() => reading.show(useReading.getState().active, wish)}
        className={cn(
          'flex w-full flex-col overflow-hidden rounded-md border border-transparent bg-surface text-left',
          'hover:border-line-strong focus-visible:outline-offset-0 aria-pressed:border-blue',
        )}
      >
        <Thumbnail studyUid={study.study_uid} seriesUid={series.series_uid} />
        <span className="flex w-full flex-col px-1.5 py-1 text-xs leading-4">
          <span className="truncate font-medium" title={name}>
            {name}
          </span>
          <span className="tnum truncate text-muted">
            {[
              series.modality,
              series.number !== null && `#${series.number}`,
              t('images', { count: series.instance_count, shown: number(series.instance_count) }),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
      </button>
      {stacks && stacks.length > 1 && (
        <div className="mt-1 flex flex-wrap gap-1" role="group" aria-label={t('parts')}>
          {stacks.map((stack, i) => (
            <button
              key={stack.id}
              type="button"
              className="tnum rounded-sm bg-surface px-1.5 text-xs text-muted hover:bg-hover hover:text-text"
              aria-label={t('part', { number: i + 1, count: stack.images.length })}
              onClick={() => reading.show(useReading.getState().active, { ...wish, stackIndex: i })}
            >
              {i + 1}
            </button>
          ))}
        </div>
      )}
    </li>
  )
}

function Thumbnail({ studyUid, seriesUid }: { studyUid: string; seriesUid: string }) {
  const { data, isError } = useQuery(thumbnailQuery(studyUid, seriesUid))
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (!data) return
    const made = URL.createObjectURL(data)
    // The address lives as long as the element that shows it.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [data])
  return (
    <span className="flex aspect-4/3 w-full items-center justify-center bg-black">
      {url && <img src={url} alt="" className="size-full object-contain" draggable={false} />}
      {isError && <span className="text-xs text-muted">—</span>}
    </span>
  )
}
