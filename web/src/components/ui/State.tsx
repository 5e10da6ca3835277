import { ExclamationTriangleIcon } from '@heroicons/react/24/solid'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '@/lib/api'
import { cn } from '@/lib/cn'
import { Button, type Icon } from './Button'
import { useErrorText } from './errorText'

export interface EmptyStateProps {
  icon: Icon
  title: string
  /** What to do next. */
  children?: ReactNode
  action?: ReactNode
  className?: string
}

export function EmptyState({ icon: Mark, title, children, action, className }: EmptyStateProps) {
  return (
    <div className={cn('flex flex-col items-center gap-1 px-6 py-14 text-center', className)}>
      <Mark className="mb-2 size-8 text-control" aria-hidden />
      <p className="text-sm font-semibold">{title}</p>
      {children && <p className="max-w-md text-sm text-muted">{children}</p>}
      {action && <div className="mt-3 flex gap-2">{action}</div>}
    </div>
  )
}

export interface ErrorStateProps {
  error: unknown
  onRetry?: () => void
  className?: string
}

export function ErrorState({ error, onRetry, className }: ErrorStateProps) {
  const { t } = useTranslation()
  const { title, detail } = useErrorText(error)
  // Asking again for what is not there, or not allowed, answers the same.
  const isFinal = error instanceof ApiError && [403, 404].includes(error.status)
  return (
    <div role="alert" className={cn('flex flex-col items-center gap-1 px-6 py-14 text-center', className)}>
      <ExclamationTriangleIcon className="mb-2 size-8 text-amber" aria-hidden />
      <p className="text-sm font-semibold">{title}</p>
      {detail && <p className="max-w-md text-sm text-muted">{detail}</p>}
      {onRetry && !isFinal && (
        <Button className="mt-3" onClick={onRetry}>
          {t('action.retry')}
        </Button>
      )}
    </div>
  )
}
