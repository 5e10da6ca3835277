import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import { Checkbox, Field, Input, Select, TextArea, TextField } from '@/components/ui'
import type { VisitType, VisitWish } from '@/lib/api'
import { createVisit, patientsKey } from '@/lib/api/patients'
import { useChange } from '@/lib/hooks/useChange'
import { localMinute } from './words'

const TYPES: VisitType[] = ['OUTPATIENT', 'INPATIENT', 'EMERGENCY', 'CHECKUP']
const MODALITIES = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'XA', 'NM', 'PT']

export function VisitDialog({ patientId, onClose }: { patientId: string; onClose: () => void }) {
  const { t } = useTranslation('patients')
  const [form, setForm] = useState({
    type: 'OUTPATIENT' as VisitType,
    starts: localMinute(new Date()),
    department: '',
    doctor: '',
    reason: '',
    planned: false,
    modality: 'CT',
    station: '',
    description: '',
  })
  const set = (change: Partial<typeof form>) => setForm((old) => ({ ...old, ...change }))
  const save = useChange(
    () => {
      const starts_at = new Date(form.starts).toISOString()
      const { type, department, doctor, reason } = form
      const step = { modality: form.modality, station_ae: form.station, starts_at, description: form.description }
      const wish: VisitWish = { type, department, doctor, reason, starts_at, steps: form.planned ? [step] : [] }
      return createVisit(patientId, wish)
    },
    { stale: patientsKey, said: t('visit.created'), then: onClose },
  )
  return (
    <FormDialog
      title={t('visit.new')}
      submit={t('visit.create')}
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('visit.type')}>
          {(control) => (
            <Select {...control} value={form.type} onChange={(event) => set({ type: event.target.value as VisitType })}>
              {TYPES.map((type) => (
                <option key={type} value={type}>
                  {t(`visit.types.${type}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('visit.starts')}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              required
              value={form.starts}
              onChange={(event) => set({ starts: event.target.value })}
            />
          )}
        </Field>
        <TextField
          label={t('visit.department')}
          optional
          maxLength={64}
          value={form.department}
          onText={(department) => set({ department })}
        />
        <TextField
          label={t('visit.doctor')}
          optional
          maxLength={64}
          value={form.doctor}
          onText={(doctor) => set({ doctor })}
        />
      </div>
      <Field label={t('visit.reason')} optional>
        {(control) => (
          <TextArea
            {...control}
            maxLength={1000}
            value={form.reason}
            onChange={(event) => set({ reason: event.target.value })}
          />
        )}
      </Field>
      <Checkbox checked={form.planned} onChange={(planned) => set({ planned })}>
        {t('visit.plan')}
        <span className="block text-xs text-muted">{t('visit.planHint')}</span>
      </Checkbox>
      {form.planned && (
        <div className="grid grid-cols-2 gap-3">
          <Field label={t('visit.modality')}>
            {(control) => (
              <Select {...control} value={form.modality} onChange={(event) => set({ modality: event.target.value })}>
                {MODALITIES.map((modality) => (
                  <option key={modality}>{modality}</option>
                ))}
              </Select>
            )}
          </Field>
          <TextField
            label={t('visit.station')}
            optional
            maxLength={16}
            value={form.station}
            onText={(station) => set({ station })}
          />
          <TextField
            className="col-span-2"
            label={t('visit.examination')}
            optional
            maxLength={64}
            value={form.description}
            onText={(description) => set({ description })}
          />
        </div>
      )}
    </FormDialog>
  )
}
