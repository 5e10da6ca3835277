import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { studiesQuery, studyQuery } from '@/lib/api/studies'
import type { StudyDetail } from '@/lib/api'
import { day } from '@/lib/format'
import { comparable } from '@/viewer/dicom'
import { hasPictures } from './series'
import { SeriesRail } from './SeriesRail'
import { reading } from './state'

/** Other studies of the same patient, newest first; a click hangs one beside this study. */
export function PriorRail({ study }: { study: StudyDetail & { patient_id?: string } }) {
  const { t } = useTranslation('viewer')
  const query = useQuery({
    ...studiesQuery({ patient_id: study.patient_id, sort: '-study_date', size: 20 }),
    enabled: Boolean(study.patient_id),
  })
  const others = query.data?.items.filter(({ study_uid }) => study_uid !== study.study_uid) ?? []
  if (others.length === 0) return null
  return (
    <section aria-label={t('priors')} className="border-t border-line">
      <h2 className="px-2 pt-2 text-xs font-semibold text-muted">{t('priors')}</h2>
      <ul>
        {others.map((other) => (
          <Prior
            key={other.study_uid}
            studyUid={other.study_uid}
            current={study}
            name={other.description ?? ''}
            date={other.study_date}
          />
        ))}
      </ul>
    </section>
  )
}

interface PriorProps {
  studyUid: string
  current: StudyDetail
  name: string
  date: string | null
}

function Prior({ studyUid, current, name, date }: PriorProps) {
  const { t } = useTranslation('viewer')
  const [open, setOpen] = useState(false)
  const study = useQuery({ ...studyQuery(studyUid), enabled: open }).data
  const first = current.series.find(hasPictures)
  const same = study && first && comparable(first, study.series.filter(hasPictures))
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        className="tnum w-full px-2 py-1 text-left text-xs hover:bg-hover"
        onClick={() => setOpen(!open)}
      >
        <span className="block font-medium">{day(date)}</span>
        <span className="block truncate text-muted">{name}</span>
      </button>
      {same && (
        <button
          type="button"
          className="mx-1.5 mb-1 rounded-sm bg-surface px-1.5 py-0.5 text-xs text-blue-text hover:bg-hover"
          onClick={() => {
            reading.layout('1x2')
            reading.show(1, { studyUid, seriesUid: same.series_uid, stackIndex: 0 })
          }}
        >
          {t('beside')}
        </button>
      )}
      {study && <SeriesRail study={study} heading={t('prior')} />}
    </li>
  )
}
