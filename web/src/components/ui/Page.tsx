import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { useTitle } from '@/lib/hooks/useTitle'

export interface PageProps {
  title: string
  /** Beside the title, muted. */
  note?: ReactNode
  /** Above the title: the way back. */
  back?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** Reading width for forms; lists take the whole width. */
  narrow?: boolean
}

export function Page({ title, note, back, actions, children, narrow }: PageProps) {
  useTitle(title)
  return (
    <div className={cn('mx-auto w-full px-4 py-4 md:px-6', narrow ? 'max-w-4xl' : 'max-w-[100rem]')}>
      {back && <div className="mb-1 text-xs">{back}</div>}
      <div className="mb-4 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 text-base font-semibold break-words">{title}</h1>
        {note && <div className="text-xs text-muted">{note}</div>}
        {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  )
}
