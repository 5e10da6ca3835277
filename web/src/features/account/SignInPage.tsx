import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordInput } from '@/components/PasswordInput'
import { Button, Callout, ErrorCallout, Field, Input } from '@/components/ui'
import { ApiError } from '@/lib/api'
import { systemInfoQuery } from '@/lib/api/account'
import { signIn, useSession, type Credentials } from '@/lib/session'
import { AuthLayout } from './AuthLayout'

export function SignInPage() {
  const { t } = useTranslation('auth')
  const ended = useSession((session) => session.ended)
  const info = useQuery(systemInfoQuery).data
  const [credentials, setCredentials] = useState<Credentials>({ username: '', password: '' })
  const attempt = useMutation({ mutationFn: signIn })
  const refusedFor = attempt.error instanceof ApiError ? attempt.error.code : undefined
  const wantsTotp = credentials.totp !== undefined || Boolean(refusedFor?.includes('TOTP'))
  const set = (change: Partial<Credentials>) => setCredentials((old) => ({ ...old, ...change }))

  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt.mutate(credentials)
  }

  return (
    <AuthLayout
      title={t('signIn.title')}
      footer={
        info?.registration_open !== false && (
          <>
            {t('signIn.noAccount')}{' '}
            <Link to="/register" search={true} className="font-medium text-blue-text hover:underline">
              {t('register.title')}
            </Link>
          </>
        )
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {ended && !attempt.error && <Callout alert>{t('signIn.ended')}</Callout>}
        <Field label={t('username')}>
          {(control) => (
            <Input
              {...control}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              autoFocus
              required
              value={credentials.username}
              onChange={(event) => set({ username: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('password')}>
          {(control) => (
            <PasswordInput
              {...control}
              name="password"
              autoComplete="current-password"
              required
              value={credentials.password}
              onChange={(event) => set({ password: event.target.value })}
            />
          )}
        </Field>
        {wantsTotp && (
          <Field label={t('totp')} hint={t('totpHint')}>
            {(control) => (
              <Input
                {...control}
                name="totp"
                inputMode="numeric"
                autoComplete="one-time-code"
                value={credentials.totp ?? ''}
                onChange={(event) => set({ totp: event.target.value })}
              />
            )}
          </Field>
        )}
        {attempt.error && <ErrorCallout error={attempt.error} />}
        <Button type="submit" variant="primary" size="lg" busy={attempt.isPending}>
          {t('signIn.submit')}
        </Button>
      </form>
    </AuthLayout>
  )
}
