import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { studyQuery } from '@/lib/api/studies'
import type { StudyDetail } from '@/lib/api'
import { day } from '@/lib/format'
import { SeriesRail } from './SeriesRail'
import { reading, useReading } from './state'
import { comparableIn, ofPatientQuery, type StudyOfPatient } from './usePrior'

/** Other studies of the same patient, newest first; a click hangs one beside this study. */
export function PriorRail({ study }: { study: StudyOfPatient }) {
  const { t } = useTranslation('viewer')
  const query = useQuery(ofPatientQuery(study))
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
  const query = useQuery({ ...studyQuery(studyUid), enabled: open })
  const study = open ? query.data : undefined
  useReading((state) => state.wishes[0]) // what is comparable depends on what is shown
  const same = study && comparableIn(study, current)
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
            reading.show(1, same)
          }}
        >
          {t('beside')}
        </button>
      )}
      {study && <SeriesRail study={study} heading={t('prior')} />}
    </li>
  )
}
