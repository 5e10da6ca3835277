import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordInput } from '@/components/PasswordInput'
import { Button, Callout, ErrorCallout, Field, Input } from '@/components/ui'
import { register, systemInfoQuery } from '@/lib/api/account'
import { signIn } from '@/lib/session'
import { AuthLayout } from './AuthLayout'

const BLANK = { username: '', password: '', email: '', phone: '' }

async function registerAndSignIn(form: typeof BLANK) {
  const { username, password } = form
  await register({ username, password, email: form.email || undefined, phone: form.phone || undefined })
  await signIn({ username, password })
}

export function RegisterPage() {
  const { t } = useTranslation('auth')
  const info = useQuery(systemInfoQuery).data
  const [form, setForm] = useState(BLANK)
  const attempt = useMutation({ mutationFn: registerAndSignIn })
  const set = (change: Partial<typeof BLANK>) => setForm((old) => ({ ...old, ...change }))

  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt.mutate(form)
  }

  const footer = (
    <>
      {t('register.haveAccount')}{' '}
      <Link to="/sign-in" search={true} className="font-medium text-blue-text hover:underline">
        {t('signIn.title')}
      </Link>
    </>
  )
  if (info?.registration_open === false) {
    return (
      <AuthLayout title={t('register.title')} footer={footer}>
        <Callout>{t('register.closed')}</Callout>
      </AuthLayout>
    )
  }
  return (
    <AuthLayout title={t('register.title')} footer={footer}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t('username')}>
          {(control) => (
            <Input
              {...control}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              autoFocus
              required
              value={form.username}
              onChange={(event) => set({ username: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('password')} hint={t('register.passwordHint')}>
          {(control) => (
            <PasswordInput
              {...control}
              name="password"
              autoComplete="new-password"
              minLength={8}
              required
              value={form.password}
              onChange={(event) => set({ password: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('email')} optional>
          {(control) => (
            <Input
              {...control}
              type="email"
              name="email"
              autoComplete="email"
              value={form.email}
              onChange={(event) => set({ email: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('phone')} optional>
          {(control) => (
            <Input
              {...control}
              type="tel"
              name="phone"
              autoComplete="tel"
              value={form.phone}
              onChange={(event) => set({ phone: event.target.value })}
            />
          )}
        </Field>
        {attempt.error && <ErrorCallout error={attempt.error} />}
        <Button type="submit" variant="primary" size="lg" busy={attempt.isPending}>
          {t('register.submit')}
        </Button>
      </form>
    </AuthLayout>
  )
}
