import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordField } from '@/components/AccountFields'
import { Button, Card, CardHeader, ErrorCallout } from '@/components/ui'
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
          <PasswordField
            label={t('currentPassword')}
            value={form.current_password}
            onText={(text) => setForm({ ...form, current_password: text })}
          />
          <PasswordField
            label={t('newPassword')}
            fresh={{ hint: t('auth:register.passwordHint') }}
            value={form.new_password}
            onText={(text) => setForm({ ...form, new_password: text })}
          />
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
