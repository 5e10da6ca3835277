import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordInput } from '@/components/PasswordInput'
import { Field, TextField, type TextFieldProps } from '@/components/ui'

/** The fields of an account, alike wherever one is made, opened or changed. */
type Props = Omit<TextFieldProps, 'label'>

export function UsernameField(props: Props) {
  const { t } = useTranslation('auth')
  return <TextField label={t('username')} autoComplete="username" autoCapitalize="none" required {...props} />
}

export function EmailField(props: Props) {
  const { t } = useTranslation('auth')
  return <TextField label={t('email')} optional type="email" autoComplete="email" {...props} />
}

export function PhoneField(props: Props) {
  const { t } = useTranslation('auth')
  return <TextField label={t('phone')} optional type="tel" autoComplete="tel" {...props} />
}

export interface PasswordFieldProps extends Pick<Props, 'value' | 'onText' | 'name'> {
  label?: string
  /** A password that is made now, with what is asked of it. */
  fresh?: { hint: ReactNode }
}

export function PasswordField({ label, value, onText, name, fresh }: PasswordFieldProps) {
  const { t } = useTranslation('auth')
  return (
    <Field label={label ?? t('password')} hint={fresh?.hint}>
      {(control) => (
        <PasswordInput
          {...control}
          name={name}
          autoComplete={fresh ? 'new-password' : 'current-password'}
          minLength={fresh && 8}
          required
          value={value}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  )
}
