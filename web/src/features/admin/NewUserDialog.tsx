import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordInput } from '@/components/PasswordInput'
import { Field, Input, Select } from '@/components/ui'
import type { ClinicalRole } from '@/lib/api'
import { createSubAccount, usersKey } from '@/lib/api/admin'
import { FormDialog } from './FormDialog'
import { CLINICAL_ROLES } from './roles'
import { useChange } from './useChange'

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['admin', 'auth'])
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
      <Field label={t('auth:username')}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            autoCapitalize="none"
            required
            value={form.username}
            onChange={(event) => set({ username: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('auth:password')} hint={t('users.passwordHint')}>
        {(control) => (
          <PasswordInput
            {...control}
            autoComplete="new-password"
            minLength={8}
            required
            value={form.password}
            onChange={(event) => set({ password: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('auth:email')} optional>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="off"
            value={form.email}
            onChange={(event) => set({ email: event.target.value })}
          />
        )}
      </Field>
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
