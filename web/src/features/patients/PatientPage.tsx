import { ArrowsPointingInIcon, PencilSquareIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Callout, Card, CardBody, ErrorState, Page, Skeleton } from '@/components/ui'
import type { PatientDetail } from '@/lib/api'
import { patientQuery, patientsKey, unmergePatient } from '@/lib/api/patients'
import { personName } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'
import { Accesses } from './Accesses'
import { Facts } from './Facts'
import { Grants } from './Grants'
import { MergeDialog } from './MergeDialog'
import { OwnAccounts } from './OwnAccounts'
import { PatientDialog } from './PatientDialog'
import { PatientStudies } from './PatientStudies'
import { Timeline } from './Timeline'
import { Visits } from './Visits'

export function PatientPage() {
  const { patientId } = useParams({ from: '/member/patients/$patientId' })
  const { t } = useTranslation('patients')
  const query = useQuery(patientQuery(patientId))
  const back = (
    <Link to="/patients" className="text-blue-text hover:underline">
      {t('title')}
    </Link>
  )
  if (query.data) return <Record key={patientId} patient={query.data} back={back} />
  return (
    <Page title={t('patient')} back={back}>
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

function Record({ patient, back }: { patient: PatientDetail; back: React.ReactNode }) {
  const { t } = useTranslation(['patients', 'common'])
  const [asked, setAsked] = useState<'edit' | 'merge'>()
  const close = () => setAsked(undefined)
  const { can } = patient
  const isMerged = patient.merged_into_id !== null
  return (
    <Page
      title={personName(patient.name)}
      note={
        <span className="inline-flex items-center gap-2">
          {patient.mrn}
          {patient.restricted && <Badge tone="red">{t('restricted')}</Badge>}
        </span>
      }
      back={back}
      actions={
        <>
          {can.merge && !isMerged && (
            <Button icon={ArrowsPointingInIcon} onClick={() => setAsked('merge')}>
              {t('merge.open')}
            </Button>
          )}
          {can.update && (
            <Button icon={PencilSquareIcon} variant="primary" onClick={() => setAsked('edit')}>
              {t('common:action.edit')}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {isMerged && <MergedInto patient={patient} />}
        <Facts patient={patient} />
        <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
          <Visits patient={patient} />
          <Timeline patientId={patient.patient_id} />
        </div>
        <PatientStudies patientId={patient.patient_id} />
        {(can.grant || can.link) && (
          <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
            {can.grant && <Grants patientId={patient.patient_id} />}
            {can.link && <OwnAccounts patientId={patient.patient_id} />}
          </div>
        )}
        {can.accesses && <Accesses patientId={patient.patient_id} />}
      </div>
      {asked === 'edit' && <PatientDialog patient={patient} onClose={close} />}
      {asked === 'merge' && <MergeDialog patient={patient} onClose={close} />}
    </Page>
  )
}

function MergedInto({ patient }: { patient: PatientDetail }) {
  const { t } = useTranslation('patients')
  const undo = useChange(() => unmergePatient(patient.patient_id), {
    stale: patientsKey,
    said: t('merge.undone'),
    then: () => undefined,
  })
  return (
    <Callout
      tone="warning"
      title={t('merge.isMerged')}
      action={
        patient.can.merge && (
          <Button size="sm" busy={undo.isPending} onClick={() => undo.mutate(undefined)}>
            {t('merge.undo')}
          </Button>
        )
      }
    >
      <Link
        to="/patients/$patientId"
        params={{ patientId: patient.merged_into_id ?? '' }}
        className="text-blue-text hover:underline"
      >
        {t('merge.other')}
      </Link>
    </Callout>
  )
}
