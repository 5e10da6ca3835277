import { EyeIcon } from '@heroicons/react/20/solid'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import { Card, Field, IconButton, TextArea } from '@/components/ui'
import type { PatientDetail } from '@/lib/api'
import { revealIdNumber } from '@/lib/api/patients'
import { dateTime, day, personName } from '@/lib/format'
import { age, sexWord } from './words'

export function Facts({ patient }: { patient: PatientDetail }) {
  const { t } = useTranslation('patients')
  const years = age(patient.birth_date)
  const birth = patient.birth_date && day(patient.birth_date)
  const facts = [
    [t('mrn'), [patient.mrn, patient.issuer].filter(Boolean).join(' · ')],
    [t('sex'), sexWord(t, patient.sex)],
    [t('birthDate'), [birth, years !== null && t('years', { count: years })].filter(Boolean).join(' · ')],
    [t('phone'), patient.phone],
    [t('created'), dateTime(patient.created_at)],
  ] as const
  return (
    <Card>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 p-4 sm:grid-cols-3 xl:grid-cols-6">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="tnum truncate font-medium">{value || '—'}</dd>
          </div>
        ))}
        <div className="min-w-0">
          <dt className="text-xs text-muted">{t('idNumber')}</dt>
          <dd className="tnum font-medium">
            <IdNumber patient={patient} />
          </dd>
        </div>
        {patient.notes && (
          <div className="col-span-full min-w-0">
            <dt className="text-xs text-muted">{t('notes')}</dt>
            <dd className="whitespace-pre-wrap">{patient.notes}</dd>
          </div>
        )}
        {patient.merged_from.length > 0 && (
          <div className="col-span-full min-w-0">
            <dt className="text-xs text-muted">{t('merge.from')}</dt>
            <dd className="flex flex-wrap gap-x-3">
              {patient.merged_from.map((record) => (
                <Link
                  key={record.patient_id}
                  to="/patients/$patientId"
                  params={{ patientId: record.patient_id }}
                  className="text-blue-text hover:underline"
                >
                  {[personName(record.name), record.mrn].filter(Boolean).join(' · ')}
                </Link>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </Card>
  )
}

/** Masked until somebody says why; what was revealed is forgotten with the page. */
function IdNumber({ patient }: { patient: PatientDetail }) {
  const { t } = useTranslation('patients')
  const [asking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  const reveal = useMutation({
    mutationFn: () => revealIdNumber(patient.patient_id, reason),
    gcTime: 0,
    onSuccess: () => setAsking(false),
  })
  return (
    <span className="inline-flex items-center gap-1">
      {reveal.data?.id_number ?? patient.id_number ?? '—'}
      {patient.can.reveal && !reveal.data && (
        <IconButton icon={EyeIcon} size="sm" label={t('reveal.open')} onClick={() => setAsking(true)} />
      )}
      {asking && (
        <FormDialog
          title={t('reveal.open')}
          submit={t('reveal.submit')}
          onSubmit={() => reveal.mutate()}
          onClose={() => setAsking(false)}
          busy={reveal.isPending}
          error={reveal.error}
        >
          <Field label={t('reason')} hint={t('reveal.hint')}>
            {(control) => (
              <TextArea
                {...control}
                required
                minLength={3}
                maxLength={500}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
        </FormDialog>
      )}
    </span>
  )
}
