import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { StudyDetail } from '@/lib/api'
import { studiesQuery, studyQuery } from '@/lib/api/studies'
import { comparable } from '@/viewer/dicom'
import { hasPictures } from './series'
import { reading, useReading, type PaneWish } from './state'

export type StudyOfPatient = StudyDetail & { patient_id?: string }

/** All studies of a patient, newest first. */
export const ofPatientQuery = (study: StudyOfPatient) => ({
  ...studiesQuery({ patient_id: study.patient_id, sort: '-study_date', size: 20 }),
  enabled: Boolean(study.patient_id),
})

/** The series of another study that shows what the first pane does. */
export function comparableIn(other: StudyDetail, current: StudyDetail): PaneWish | null {
  const { wishes } = useReading.getState()
  const shown = current.series.find(({ series_uid }) => series_uid === wishes[0]?.seriesUid)
  const series = shown ?? current.series.find(hasPictures)
  const same = series && comparable(series, other.series.filter(hasPictures))
  return same ? { studyUid: other.study_uid, seriesUid: same.series_uid, stackIndex: 0 } : null
}

/** Two pictures beside each other: the second is of the study before, where there is one and nothing else is there. */
export function useBeside(study: StudyDetail | undefined): () => void {
  const queryClient = useQueryClient()
  return useCallback(() => {
    reading.layout('1x2')
    if (!study || useReading.getState().wishes[1]) return
    void priorOf(queryClient, study)
      .then((wish) => (wish ? reading.fill(1, wish) : reading.noPrior()))
      // An empty pane takes what is dragged into it.
      .catch(() => undefined)
  }, [queryClient, study])
}

const TRIED = 3

/** What the newest study before this one has to compare. */
async function priorOf(queryClient: QueryClient, study: StudyOfPatient): Promise<PaneWish | null> {
  if (!study.patient_id) return null
  const { items } = await queryClient.fetchQuery(ofPatientQuery(study))
  const before = items.filter(
    ({ study_uid, study_date }) =>
      study_uid !== study.study_uid && study_date && study.study_date && study_date <= study.study_date,
  )
  for (const { study_uid } of before.slice(0, TRIED)) {
    const wish = comparableIn(await queryClient.fetchQuery(studyQuery(study_uid)), study)
    if (wish) return wish
  }
  return null
}
