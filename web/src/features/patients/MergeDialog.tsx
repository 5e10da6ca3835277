import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import { Callout, Field, SearchField, TextArea } from '@/components/ui'
import type { Patient, PatientDetail } from '@/lib/api'
import { mergePatient, patientsKey, patientsQuery } from '@/lib/api/patients'
import { day, personName } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'

export function MergeDialog({ patient, onClose }: { patient: PatientDetail; onClose: () => void }) {
  const { t } = useTranslation('patients')
  const navigate = useNavigate()
  const [text, setText] = useState(() => personName(patient.name))
  const [into, setInto] = useState<Patient>()
  const [reason, setReason] = useState('')
  const found = useQuery(patientsQuery({ page: 1, size: 8, q: text, sort: 'name' }))
  const others = found.data?.items.filter((other) => other.patient_id !== patient.patient_id) ?? []
  const merge = useChange(
    async () => {
      if (!into) return
      await mergePatient(patient.patient_id, into.patient_id, reason)
      await navigate({ to: '/patients/$patientId', params: { patientId: into.patient_id } })
    },
    { stale: patientsKey, said: t('merge.done'), then: onClose },
  )
  return (
    <FormDialog
      title={t('merge.title', { name: personName(patient.name) })}
      submit={t('merge.submit')}
      onSubmit={() => into && merge.mutate(undefined)}
      onClose={onClose}
      busy={merge.isPending}
      error={merge.error}
    >
      <Callout tone="warning">{t('merge.warning')}</Callout>
      <SearchField label={t('merge.search')} value={text} onSearch={setText} />
      <fieldset className="flex max-h-60 flex-col gap-1 overflow-y-auto">
        <legend className="mb-1 text-xs font-medium">{t('merge.into')}</legend>
        {found.data && others.length === 0 && <p className="text-muted">{t('merge.none')}</p>}
        {others.map((other) => (
          <label
            key={other.patient_id}
            className="flex cursor-pointer items-center gap-2.5 rounded-md border border-line px-3 py-2 hover:bg-hover"
          >
            <input
              type="radio"
              name="into"
              required
              checked={into?.patient_id === other.patient_id}
              onChange={() => setInto(other)}
            />
            <span className="min-w-0 flex-1 truncate font-medium">{personName(other.name)}</span>
            <span className="tnum text-xs text-muted">
              {[other.mrn, other.birth_date && day(other.birth_date)].filter(Boolean).join(' · ')}
            </span>
          </label>
        ))}
      </fieldset>
      <Field label={t('reason')} optional>
        {(control) => (
          <TextArea {...control} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}
