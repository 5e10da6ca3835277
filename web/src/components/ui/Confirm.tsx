import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button'
import { ErrorCallout } from './Callout'
import { Dialog } from './Dialog'

export interface ConfirmProps {
  open: boolean
  onClose: () => void
  onConfirm: () => void
  title: string
  /** Says what is lost, or what it costs. */
  children: ReactNode
  confirm: string
  /** The way out, named by what it keeps. */
  keep?: string
  danger?: boolean
  busy?: boolean
  error?: unknown
}

export function Confirm({ open, onClose, onConfirm, title, children, confirm, keep, ...state }: ConfirmProps) {
  const { t } = useTranslation()
  const { danger = true, busy, error } = state
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{keep ?? t('action.cancel')}</Button>
          <Button variant={danger ? 'danger' : 'primary'} onClick={onConfirm} busy={busy}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-sm">
        {children}
        {Boolean(error) && <ErrorCallout error={error} />}
      </div>
    </Dialog>
  )
}
