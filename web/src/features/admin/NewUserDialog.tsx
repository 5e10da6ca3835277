import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmailField, PasswordField, UsernameField } from '@/components/AccountFields'
import { Field, Select } from '@/components/ui'
import type { ClinicalRole } from '@/lib/api'
import { createSubAccount, usersKey } from '@/lib/api/admin'
import { FormDialog } from '@/components/FormDialog'
import { CLINICAL_ROLES } from './roles'
import { useChange } from '@/lib/hooks/useChange'

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('admin')
  const [form, setForm] = useState({ username: '', password: '', email: '', clinical_role: 'none' as ClinicalRole })
  const set = (change: Partial<typeof form>) => setForm((old) => ({ ...old, ...change }))
  const create = useChange(() => createSubAccount({ ...form, email: form.email || undefined }), {
    stale: usersKey,
    said: t('users.created_', { name: form.username }),
    then: onClose,
  })
  return (
    <FormDialog
      title={t('users.new')}
      submit={t('users.create')}
      onSubmit={() => create.mutate(undefined)}
      onClose={onClose}
      busy={create.isPending}
      error={create.error}
    >
      <UsernameField autoComplete="off" value={form.username} onText={(username) => set({ username })} />
      <PasswordField
        fresh={{ hint: t('users.passwordHint') }}
        value={form.password}
        onText={(password) => set({ password })}
      />
      <EmailField autoComplete="off" value={form.email} onText={(email) => set({ email })} />
      <Field label={t('users.role')} hint={t('users.roleHint')}>
        {(control) => (
          <Select
            {...control}
            value={form.clinical_role}
            onChange={(event) => set({ clinical_role: event.target.value as ClinicalRole })}
          >
            {CLINICAL_ROLES.map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}
