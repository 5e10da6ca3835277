import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordInput } from '@/components/PasswordInput'
import { Button, Card, CardHeader, ErrorCallout, Field } from '@/components/ui'
import { sessionsQuery, updateProfile } from '@/lib/api/account'
import { toast } from '@/lib/toast'

const BLANK = { current_password: '', new_password: '' }

export function PasswordForm({ username }: { username: string | undefined }) {
  const { t } = useTranslation(['profile', 'auth'])
  const queryClient = useQueryClient()
  const [form, setForm] = useState(BLANK)
  const change = useMutation({
    mutationFn: updateProfile,
    onSuccess: () => {
      setForm(BLANK)
      toast('success', t('passwordChanged'))
      return queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(form)
  }
  return (
    <Card>
      <CardHeader title={t('password')} note={t('passwordNote')} />
      <form onSubmit={submit}>
        {/* Lets a password manager know whose password this is. */}
        <input type="text" autoComplete="username" value={username ?? ''} readOnly hidden />
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <Field label={t('currentPassword')}>
            {(control) => (
              <PasswordInput
                {...control}
                autoComplete="current-password"
                required
                value={form.current_password}
                onChange={(event) => setForm({ ...form, current_password: event.target.value })}
              />
            )}
          </Field>
          <Field label={t('newPassword')} hint={t('auth:register.passwordHint')}>
            {(control) => (
              <PasswordInput
                {...control}
                autoComplete="new-password"
                required
                minLength={8}
                value={form.new_password}
                onChange={(event) => setForm({ ...form, new_password: event.target.value })}
              />
            )}
          </Field>
          {change.error && <ErrorCallout error={change.error} className="sm:col-span-2" />}
        </div>
        <div className="flex justify-end rounded-b-md border-t border-line bg-sunken px-4 py-3">
          <Button type="submit" variant="primary" busy={change.isPending}>
            {t('changePassword')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
