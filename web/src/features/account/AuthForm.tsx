import type { FormEvent, ReactNode } from 'react'
import { Button, ErrorCallout } from '@/components/ui'

export interface AuthFormProps {
  submit: string
  onSubmit: () => void
  busy: boolean
  error: unknown
  children: ReactNode
}

/** Signing in and registering: fields, what the platform said, one button. */
export function AuthForm({ submit, onSubmit, busy, error, children }: AuthFormProps) {
  const handle = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form onSubmit={handle} className="flex flex-col gap-4">
      {children}
      {Boolean(error) && <ErrorCallout error={error} />}
      <Button type="submit" variant="primary" size="lg" busy={busy}>
        {submit}
      </Button>
    </form>
  )
}
