import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import { Callout, Field, TextArea, TextField } from '@/components/ui'
import { breakGlass, patientsKey } from '@/lib/api/patients'
import { useChange } from '@/lib/hooks/useChange'

/** Opening a closed record in an emergency: by its number, because it is in no list. */
export function BreakGlassDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('patients')
  const navigate = useNavigate()
  const [form, setForm] = useState({ mrn: '', issuer: '', reason: '' })
  const set = (change: Partial<typeof form>) => setForm((old) => ({ ...old, ...change }))
  const open = useChange(
    async () => {
      const opened = await breakGlass({ ...form, issuer: form.issuer || undefined })
      await navigate({ to: '/patients/$patientId', params: { patientId: opened.patient_id } })
    },
    { stale: patientsKey, said: t('breakGlass.done'), then: onClose },
  )
  return (
    <FormDialog
      title={t('breakGlass.title')}
      submit={t('breakGlass.submit')}
      onSubmit={() => open.mutate(undefined)}
      onClose={onClose}
      busy={open.isPending}
      error={open.error}
    >
      <Callout tone="warning">{t('breakGlass.warning')}</Callout>
      <div className="grid grid-cols-2 gap-3">
        <TextField label={t('mrn')} required value={form.mrn} onText={(mrn) => set({ mrn })} />
        <TextField label={t('issuer')} optional value={form.issuer} onText={(issuer) => set({ issuer })} />
      </div>
      <Field label={t('reason')} hint={t('breakGlass.reasonHint')}>
        {(control) => (
          <TextArea
            {...control}
            required
            minLength={3}
            maxLength={500}
            value={form.reason}
            onChange={(event) => set({ reason: event.target.value })}
          />
        )}
      </Field>
    </FormDialog>
  )
}
