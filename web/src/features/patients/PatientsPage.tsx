import { KeyIcon, UserPlusIcon } from '@heroicons/react/20/solid'
import { UserGroupIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, EmptyState, Page, PagedTable, SearchField, Select, type Column } from '@/components/ui'
import type { Patient } from '@/lib/api'
import { may } from '@/lib/api/access'
import { patientsQuery } from '@/lib/api/patients'
import { day, personName, shortDateTime } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'
import { withPage } from '@/lib/search'
import { BreakGlassDialog } from './BreakGlassDialog'
import { PatientDialog } from './PatientDialog'
import type { PatientSearch } from './search'
import { Statistics } from './Statistics'
import { age, sexWord } from './words'

export function PatientsPage() {
  const { t } = useTranslation(['patients', 'common'])
  const search = useSearch({ from: '/member/patients' })
  const navigate = useNavigate({ from: '/patients' })
  const change = useCallback(
    (next: Partial<PatientSearch>) =>
      void navigate({ to: '/patients', search: (old) => ({ ...old, page: undefined, ...next }), replace: true }),
    [navigate],
  )
  const sort = search.sort ?? '-created_at'
  const query = useQuery(patientsQuery({ ...withPage(search), sort }))
  const mayCreate = useCan(may.createPatients)
  const mayBreakGlass = useCan(may.breakGlass)
  const [asked, setAsked] = useState<'new' | 'break-glass'>()
  const close = () => setAsked(undefined)
  const columns = usePatientColumns()
  const isFiltered = Boolean(search.q || search.sex)
  const clear = () => change({ q: undefined, sex: undefined })
  const add = mayCreate && (
    <Button variant="primary" icon={UserPlusIcon} onClick={() => setAsked('new')}>
      {t('new')}
    </Button>
  )

  return (
    <Page
      title={t('title')}
      actions={
        <>
          {mayBreakGlass && (
            <Button icon={KeyIcon} onClick={() => setAsked('break-glass')}>
              {t('breakGlass.open')}
            </Button>
          )}
          {add}
        </>
      }
    >
      <Statistics />
      <Card>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
          <SearchField
            label={t('filterText')}
            value={search.q ?? ''}
            onSearch={(q) => change({ q: q.trim() || undefined })}
            className="w-full md:w-80"
          />
          <Select
            aria-label={t('sex')}
            className="w-full md:w-auto"
            value={search.sex ?? ''}
            onChange={(event) => change({ sex: (event.target.value || undefined) as PatientSearch['sex'] })}
          >
            <option value="">{t('anySex')}</option>
            {(['M', 'F', 'O'] as const).map((sex) => (
              <option key={sex} value={sex}>
                {t(`sexes.${sex}`)}
              </option>
            ))}
          </Select>
        </div>
        <PagedTable
          label={t('title')}
          columns={columns}
          query={query}
          rowKey={(patient) => patient.patient_id}
          card={(patient) => <PatientCard patient={patient} />}
          sort={sort}
          onChange={change}
          onClear={isFiltered ? clear : undefined}
          empty={
            <EmptyState icon={UserGroupIcon} title={t('emptyTitle')} action={add}>
              {t('empty')}
            </EmptyState>
          }
        />
      </Card>
      {asked === 'new' && <PatientDialog onClose={close} />}
      {asked === 'break-glass' && <BreakGlassDialog onClose={close} />}
    </Page>
  )
}

function PatientLink({ patient }: { patient: Patient }) {
  const { t } = useTranslation('patients')
  return (
    <span className="inline-flex items-center gap-2">
      <Link
        to="/patients/$patientId"
        params={{ patientId: patient.patient_id }}
        className="font-medium hover:text-blue-text hover:underline"
      >
        {personName(patient.name)}
      </Link>
      {patient.restricted && <Badge tone="red">{t('restricted')}</Badge>}
    </span>
  )
}

function useBirth() {
  const { t } = useTranslation('patients')
  return (patient: Patient) => {
    const years = age(patient.birth_date)
    return [
      sexWord(t, patient.sex),
      patient.birth_date && day(patient.birth_date),
      years !== null && t('years', { count: years }),
    ]
      .filter(Boolean)
      .join(' · ')
  }
}

function usePatientColumns(): Column<Patient>[] {
  const { t } = useTranslation('patients')
  const birth = useBirth()
  return [
    {
      key: 'name',
      header: t('name'),
      sorts: ['name', '-name'],
      className: 'whitespace-nowrap',
      cell: (patient) => <PatientLink patient={patient} />,
    },
    {
      key: 'mrn',
      header: t('mrn'),
      sorts: ['mrn', '-mrn'],
      className: 'whitespace-nowrap tnum',
      cell: (patient) => patient.mrn || '—',
    },
    {
      key: 'birth',
      header: [t('sex'), t('birthDate')].join(' · '),
      className: 'whitespace-nowrap text-muted',
      cell: (patient) => birth(patient) || '—',
    },
    { key: 'phone', header: t('phone'), className: 'whitespace-nowrap tnum text-muted', cell: (p) => p.phone ?? '—' },
    {
      key: 'id',
      header: t('idNumber'),
      className: 'hidden lg:table-cell whitespace-nowrap tnum text-muted',
      cell: (patient) => patient.id_number ?? '—',
    },
    {
      key: 'created',
      header: t('created'),
      sorts: ['-created_at', 'created_at'],
      className: 'hidden xl:table-cell whitespace-nowrap tnum text-muted',
      cell: (patient) => shortDateTime(patient.created_at),
    },
  ]
}

function PatientCard({ patient }: { patient: Patient }) {
  const birth = useBirth()
  return (
    <div className="flex flex-col gap-1 px-4 py-3">
      <PatientLink patient={patient} />
      <p className="tnum flex justify-between gap-3 text-xs text-muted">
        <span>{patient.mrn}</span>
        <span>{birth(patient)}</span>
      </p>
    </div>
  )
}
