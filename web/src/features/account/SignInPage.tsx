import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordField, UsernameField } from '@/components/AccountFields'
import { Callout, TextField } from '@/components/ui'
import { ApiError } from '@/lib/api'
import { systemInfoQuery } from '@/lib/api/account'
import { signIn, useSession, type Credentials } from '@/lib/session'
import { AuthForm } from './AuthForm'
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
      <AuthForm
        submit={t('signIn.submit')}
        onSubmit={() => attempt.mutate(credentials)}
        busy={attempt.isPending}
        error={attempt.error}
      >
        {ended && !attempt.error && <Callout alert>{t('signIn.ended')}</Callout>}
        <UsernameField
          name="username"
          autoFocus
          value={credentials.username}
          onText={(username) => set({ username })}
        />
        <PasswordField name="password" value={credentials.password} onText={(password) => set({ password })} />
        {wantsTotp && (
          <TextField
            label={t('totp')}
            hint={t('totpHint')}
            name="totp"
            inputMode="numeric"
            autoComplete="one-time-code"
            value={credentials.totp ?? ''}
            onText={(totp) => set({ totp })}
          />
        )}
      </AuthForm>
    </AuthLayout>
  )
}
