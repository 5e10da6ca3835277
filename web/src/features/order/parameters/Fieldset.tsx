import { useId, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

export interface FieldsetProps {
  label: string
  hint?: string
  error?: string
  wide?: boolean
}

/** Several controls under one name. */
export function Fieldset({ label, hint, error, wide, children }: FieldsetProps & { children: ReactNode }) {
  const id = useId()
  return (
    <fieldset className={cn('min-w-0', wide && 'sm:col-span-2')} aria-describedby={hint || error ? id : undefined}>
      <legend className="mb-1 text-xs font-medium">{label}</legend>
      {children}
      <div id={id} className="mt-1 text-xs">
        {error && <p className="text-red-text">{error}</p>}
        {hint && <p className="text-muted">{hint}</p>}
      </div>
    </fieldset>
  )
}
