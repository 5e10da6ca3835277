import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmailField, PasswordField, PhoneField, UsernameField } from '@/components/AccountFields'
import { Callout } from '@/components/ui'
import { register, systemInfoQuery } from '@/lib/api/account'
import { signIn } from '@/lib/session'
import { AuthForm } from './AuthForm'
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
      <AuthForm
        submit={t('register.submit')}
        onSubmit={() => attempt.mutate(form)}
        busy={attempt.isPending}
        error={attempt.error}
      >
        <UsernameField name="username" autoFocus value={form.username} onText={(username) => set({ username })} />
        <PasswordField
          name="password"
          fresh={{ hint: t('register.passwordHint') }}
          value={form.password}
          onText={(password) => set({ password })}
        />
        <EmailField name="email" value={form.email} onText={(email) => set({ email })} />
        <PhoneField name="phone" value={form.phone} onText={(phone) => set({ phone })} />
      </AuthForm>
    </AuthLayout>
  )
}
