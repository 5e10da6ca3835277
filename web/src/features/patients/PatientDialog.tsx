import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import { Checkbox, Field, Input, Select, TextArea, TextField } from '@/components/ui'
import type { PatientDetail, PatientWish, Sex } from '@/lib/api'
import { changePatient, createPatient, patientsKey } from '@/lib/api/patients'
import { personName } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'

export interface PatientDialogProps {
  /** The record that is changed; a new one without. */
  patient?: PatientDetail
  onClose: () => void
}

const dashed = (value: string | null) => value?.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3') ?? ''

export function PatientDialog({ patient, onClose }: PatientDialogProps) {
  const { t } = useTranslation(['patients', 'common'])
  const navigate = useNavigate()
  const [form, setForm] = useState({
    name: patient?.name ?? '',
    mrn: patient?.mrn ?? '',
    issuer: patient?.issuer ?? '',
    sex: (patient?.sex ?? '') as Sex | '',
    birth: dashed(patient?.birth_date ?? null),
    phone: patient?.phone ?? '',
    idNumber: '',
    notes: patient?.notes ?? '',
    restricted: patient?.restricted ?? false,
  })
  const set = (change: Partial<typeof form>) => setForm((old) => ({ ...old, ...change }))
  const wish: PatientWish = {
    name: form.name,
    ...(form.mrn && { mrn: form.mrn }),
    issuer: form.issuer,
    sex: form.sex || null,
    birth_date: form.birth.replaceAll('-', '') || null,
    phone: form.phone || null,
    notes: form.notes,
    // what is left empty stays: nobody types a masked number again
    ...(form.idNumber && { id_number: form.idNumber }),
    ...(patient?.can.restrict && { restricted: form.restricted }),
  }
  const save = useChange(
    async () => {
      if (patient) return changePatient(patient.patient_id, wish)
      const made = await createPatient(wish)
      await navigate({ to: '/patients/$patientId', params: { patientId: made.patient_id } })
      return made
    },
    {
      stale: patientsKey,
      said: patient ? t('common:saved') : t('created_', { name: personName(form.name) }),
      then: onClose,
    },
  )
  return (
    <FormDialog
      title={patient ? t('edit') : t('new')}
      submit={patient ? t('common:action.save') : t('create')}
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <TextField
        label={t('name')}
        hint={t('nameHint')}
        required
        maxLength={200}
        value={form.name}
        onText={(name) => set({ name })}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label={t('mrn')}
          optional={!patient}
          hint={patient ? undefined : t('mrnHint')}
          maxLength={64}
          value={form.mrn}
          onText={(mrn) => set({ mrn })}
        />
        <TextField
          label={t('issuer')}
          optional
          maxLength={64}
          value={form.issuer}
          onText={(issuer) => set({ issuer })}
        />
        <Field label={t('sex')} optional>
          {(control) => (
            <Select {...control} value={form.sex} onChange={(event) => set({ sex: event.target.value as Sex | '' })}>
              <option value="">—</option>
              {(['M', 'F', 'O'] as const).map((sex) => (
                <option key={sex} value={sex}>
                  {t(`sexes.${sex}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('birthDate')} optional>
          {(control) => (
            <Input
              {...control}
              type="date"
              value={form.birth}
              onChange={(event) => set({ birth: event.target.value })}
            />
          )}
        </Field>
        <TextField label={t('phone')} optional type="tel" value={form.phone} onText={(phone) => set({ phone })} />
        <TextField
          label={t('idNumber')}
          optional
          autoComplete="off"
          hint={patient?.id_number ? t('idNumberHint', { number: patient.id_number }) : undefined}
          value={form.idNumber}
          onText={(idNumber) => set({ idNumber })}
        />
      </div>
      <Field label={t('notes')} optional>
        {(control) => (
          <TextArea
            {...control}
            maxLength={2000}
            value={form.notes}
            onChange={(event) => set({ notes: event.target.value })}
          />
        )}
      </Field>
      {patient?.can.restrict && (
        <Checkbox checked={form.restricted} onChange={(restricted) => set({ restricted })}>
          {t('restrictLabel')}
          <span className="block text-xs text-muted">{t('restrictHint')}</span>
        </Checkbox>
      )}
    </FormDialog>
  )
}
