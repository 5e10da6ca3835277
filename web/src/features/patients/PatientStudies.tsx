import { RectangleStackIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card, CardHeader, EmptyState, PagedTable, type Column } from '@/components/ui'
import type { Study } from '@/lib/api'
import { studiesQuery } from '@/lib/api/studies'
import { day, number } from '@/lib/format'

export function PatientStudies({ patientId }: { patientId: string }) {
  const { t } = useTranslation('patients')
  const [stretch, setStretch] = useState({ page: 1, size: 20 })
  const query = useQuery(studiesQuery({ ...stretch, patient_id: patientId, sort: '-study_date' }))
  const columns: Column<Study>[] = [
    { key: 'date', header: t('studies.date'), className: 'whitespace-nowrap tnum', cell: (s) => day(s.study_date) },
    {
      key: 'description',
      header: t('studies.description'),
      className: 'w-full',
      cell: (study) => <StudyLink study={study} />,
    },
    { key: 'modality', header: t('studies.modality'), cell: (study) => study.modalities.join(', ') },
    { key: 'images', header: t('studies.images'), align: 'right', cell: (study) => number(study.instance_count) },
  ]
  return (
    <Card>
      <CardHeader title={t('studies.title')} note={query.data && number(query.data.total)} />
      <PagedTable
        label={t('studies.title')}
        columns={columns}
        query={query}
        rowKey={(study) => study.study_uid}
        card={(study) => (
          <div className="flex justify-between gap-3 px-4 py-3">
            <StudyLink study={study} />
            <span className="tnum text-xs text-muted">{day(study.study_date)}</span>
          </div>
        )}
        onChange={({ page, size }) => setStretch((old) => ({ page: page ?? 1, size: size ?? old.size }))}
        empty={
          <EmptyState icon={RectangleStackIcon} title={t('studies.emptyTitle')}>
            {t('studies.empty')}
          </EmptyState>
        }
      />
    </Card>
  )
}

function StudyLink({ study }: { study: Study }) {
  return (
    <Link
      to="/studies/$studyUid"
      params={{ studyUid: study.study_uid }}
      className="font-medium hover:text-blue-text hover:underline"
    >
      {study.description || study.study_uid}
    </Link>
  )
}
