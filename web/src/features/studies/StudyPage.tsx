import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, Card, CardBody, CardHeader, ErrorState, Page, Skeleton } from '@/components/ui'
import type { StudyDetail } from '@/lib/api'
import { may } from '@/lib/api/access'
import { studyQuery } from '@/lib/api/studies'
import { bytes, day, number, personName } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'
import { SeriesTable } from './SeriesTable'
import { MoreStudyActions, StudyActions } from './StudyActions'
import { sexWord } from './sex'

export function StudyPage() {
  const { studyUid } = useParams({ from: '/member/studies/$studyUid' })
  const { t } = useTranslation('studies')
  const query = useQuery(studyQuery(studyUid))
  const mayOrder = useCan(may.order)
  const seesPatients = useCan(may.seePatients)
  const back = (
    <Link to="/studies" className="text-blue-text hover:underline">
      {t('title')}
    </Link>
  )
  const study = query.data
  if (!study) {
    return (
      <Page title={t('study')} back={back}>
        <Card>
          {query.error ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <CardBody className="flex flex-col gap-3" aria-busy>
              <Skeleton className="w-64" />
              <Skeleton className="h-40" />
            </CardBody>
          )}
        </Card>
      </Page>
    )
  }
  return (
    <Page
      title={personName(study.patient_name)}
      note={[study.mrn, study.description].filter(Boolean).join(' · ')}
      back={back}
      actions={
        <>
          {seesPatients && (
            <Button asChild>
              <Link to="/patients/$patientId" params={{ patientId: study.patient_id }}>
                {t('patient')}
              </Link>
            </Button>
          )}
          <StudyActions study={study} />
          {mayOrder && (
            <Button asChild>
              <Link to="/order" search={{ study_uid: study.study_uid }}>
                {t('orderTask')}
              </Link>
            </Button>
          )}
          <Button asChild variant="primary">
            <Link to="/studies/$studyUid/view" params={{ studyUid }}>
              {t('view')}
            </Link>
          </Button>
          <MoreStudyActions study={study} />
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Facts study={study} />
        <Card>
          <CardHeader title={t('series')} note={number(study.series.length)} />
          <SeriesTable study={study} />
        </Card>
      </div>
    </Page>
  )
}

function Facts({ study }: { study: StudyDetail }) {
  const { t } = useTranslation('studies')
  const facts = [
    [t('studyDate'), day(study.study_date)],
    [t('birthDate'), day(study.birth_date)],
    [t('sex'), sexWord(t, study.sex) || '—'],
    [t('modality'), study.modalities.join(', ')],
    [t('instances'), number(study.instance_count)],
    [t('size'), bytes(study.size_bytes)],
  ]
  return (
    <Card>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 p-4 sm:grid-cols-3 xl:grid-cols-6">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="tnum truncate font-medium">{value}</dd>
          </div>
        ))}
        <div className="col-span-full min-w-0">
          <dt className="text-xs text-muted">StudyInstanceUID</dt>
          <dd className="tnum text-xs break-all">{study.study_uid}</dd>
        </div>
      </dl>
    </Card>
  )
}
