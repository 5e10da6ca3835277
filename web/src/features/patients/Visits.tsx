import { CalendarDaysIcon, PlusIcon } from '@heroicons/react/20/solid'
import { CalendarDaysIcon as CalendarIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, CardHeader, EmptyState, ErrorState, Pagination, Select, Skeleton } from '@/components/ui'
import type { PatientDetail, Visit, VisitStatus } from '@/lib/api'
import { patientsKey, setVisitStatus, visitsQuery } from '@/lib/api/patients'
import { number, shortDateTime } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'
import { VisitDialog } from './VisitDialog'
import { NEXT_STATUS, VISIT_TONES } from './words'

const SIZE = 10

export function Visits({ patient }: { patient: PatientDetail }) {
  const { t } = useTranslation('patients')
  const [page, setPage] = useState(1)
  const [adding, setAdding] = useState(false)
  const query = useQuery(visitsQuery(patient.patient_id, { page, size: SIZE }))
  const { data, error } = query
  const add = patient.can.create_visit && (
    <Button size="sm" icon={PlusIcon} onClick={() => setAdding(true)}>
      {t('visit.new')}
    </Button>
  )
  return (
    <Card>
      <CardHeader title={t('visit.title')} note={data && number(data.total)} actions={add} />
      {error && !data && <ErrorState error={error} onRetry={() => void query.refetch()} />}
      {!data && !error && <Skeleton className="m-4 h-20" />}
      {data?.items.length === 0 && (
        <EmptyState icon={CalendarIcon} title={t('visit.emptyTitle')}>
          {t('visit.empty')}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {data?.items.map((visit) => (
          <li key={visit.visit_id} className="flex flex-col gap-1 px-4 py-3">
            <VisitLine visit={visit} editable={patient.can.create_visit} />
          </li>
        ))}
      </ul>
      {data && data.total > SIZE && (
        <Pagination page={data.page} size={data.size} total={data.total} onPage={setPage} />
      )}
      {adding && <VisitDialog patientId={patient.patient_id} onClose={() => setAdding(false)} />}
    </Card>
  )
}

function VisitLine({ visit, editable }: { visit: Visit; editable: boolean }) {
  const { t } = useTranslation('patients')
  const change = useChange((status: VisitStatus) => setVisitStatus(visit.visit_id, status), {
    stale: patientsKey,
    said: t('visit.changed'),
    then: () => undefined,
  })
  const next = NEXT_STATUS[visit.status]
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="tnum font-medium">{shortDateTime(visit.starts_at)}</span>
        <Badge>{t(`visit.types.${visit.type}`)}</Badge>
        <Badge tone={VISIT_TONES[visit.status]} dot>
          {t(`visit.statuses.${visit.status}`)}
        </Badge>
        {editable && next.length > 0 && (
          <Select
            aria-label={t('visit.change', { number: visit.number })}
            className="ml-auto w-auto"
            value=""
            disabled={change.isPending}
            onChange={(event) => change.mutate(event.target.value as VisitStatus)}
          >
            <option value="">{t('visit.changeTo')}</option>
            {next.map((status) => (
              <option key={status} value={status}>
                {t(`visit.statuses.${status}`)}
              </option>
            ))}
          </Select>
        )}
      </div>
      <p className="text-muted">{[visit.department, visit.doctor, visit.reason].filter(Boolean).join(' · ')}</p>
      {visit.steps.map((step) => (
        <p key={step.step_id} className="tnum flex flex-wrap items-center gap-2 text-xs text-muted">
          <CalendarDaysIcon className="size-4 text-grey" aria-hidden />
          <Badge>{step.modality}</Badge>
          {[step.description, step.accession_number, step.station_ae].filter(Boolean).join(' · ')}
          <span>{t(`visit.steps.${step.status}`)}</span>
        </p>
      ))}
    </>
  )
}
