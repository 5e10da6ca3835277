import { useId, type FormEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Dialog, ErrorCallout } from '@/components/ui'

export interface FormDialogProps {
  title: string
  submit: string
  onSubmit: () => void
  onClose: () => void
  busy: boolean
  error: unknown
  className?: string
  children: ReactNode
}

export function FormDialog({ title, submit, onSubmit, onClose, busy, error, className, children }: FormDialogProps) {
  const { t } = useTranslation()
  const form = useId()
  const send = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      className={className}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button variant="primary" type="submit" form={form} busy={busy}>
            {submit}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-4">
        {children}
        {Boolean(error) && <ErrorCallout error={error} />}
      </form>
    </Dialog>
  )
}
