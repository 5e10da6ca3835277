import type { HTMLAttributes, ReactNode } from 'react'
import { cn } from '@/lib/cn'

export function Card({ className, ...props }: HTMLAttributes<HTMLElement>) {
  return <section className={cn('rounded-md border border-line bg-surface shadow-card', className)} {...props} />
}

export interface CardHeaderProps {
  title: ReactNode
  /** Said beside the title, in the muted colour. */
  note?: ReactNode
  actions?: ReactNode
  id?: string
}

export function CardHeader({ title, note, actions, id }: CardHeaderProps) {
  return (
    <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
      <h2 id={id} className="text-sm font-semibold">
        {title}
      </h2>
      {note && <div className="text-xs text-muted">{note}</div>}
      {actions && <div className="ml-auto flex items-center gap-2">{actions}</div>}
    </header>
  )
}

export function CardBody({ className, ...props }: HTMLAttributes<HTMLDivElement>) {
  return <div className={cn('p-4', className)} {...props} />
}
