import { CheckCircleIcon, ExclamationTriangleIcon, InformationCircleIcon, XCircleIcon } from '@heroicons/react/20/solid'
import type { ReactNode } from 'react'
import { fieldErrors } from '@/lib/api'
import { cn } from '@/lib/cn'
import type { Icon } from './Button'
import { useErrorText } from './errorText'

const TONES: Record<'info' | 'success' | 'warning' | 'danger', { box: string; mark: string; icon: Icon }> = {
  info: { box: 'bg-blue-tint', mark: 'text-blue', icon: InformationCircleIcon },
  success: { box: 'bg-green-tint', mark: 'text-green', icon: CheckCircleIcon },
  warning: { box: 'bg-amber-tint', mark: 'text-amber', icon: ExclamationTriangleIcon },
  danger: { box: 'bg-red-tint', mark: 'text-red', icon: XCircleIcon },
}

export interface CalloutProps {
  tone?: keyof typeof TONES
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
  /** Read out when it appears. */
  alert?: boolean
  className?: string
}

export function Callout({ tone = 'info', title, children, action, alert, className }: CalloutProps) {
  const { box, mark, icon: Mark } = TONES[tone]
  return (
    <div role={alert ? 'alert' : undefined} className={cn('flex gap-2.5 rounded-md px-3 py-2.5', box, className)}>
      <Mark className={cn('size-5 shrink-0', mark)} aria-hidden />
      <div className="min-w-0 flex-1 text-sm break-words">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className={cn(Boolean(title) && 'mt-0.5')}>{children}</div>}
      </div>
      {action}
    </div>
  )
}

/** A refusal in the platform's own words, with every field it names. */
export function ErrorCallout({ error, className }: { error: unknown; className?: string }) {
  const { title, detail } = useErrorText(error)
  if (!error) return null
  const fields = fieldErrors(error)
  return (
    <Callout tone="danger" title={title} alert className={className}>
      {(detail || fields.length > 0) && (
        <>
          {detail && <p>{detail}</p>}
          {fields.length > 0 && (
            <ul className="mt-1 list-disc pl-4">
              {fields.map(({ field, message }, i) => (
                <li key={i}>
                  {field && <span className="font-medium">{field}: </span>}
                  {message}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Callout>
  )
}
