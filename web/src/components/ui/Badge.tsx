import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

export type Tone = 'grey' | 'blue' | 'green' | 'amber' | 'red'

const TEXT: Record<Tone, string> = {
  grey: 'bg-hover text-muted',
  blue: 'bg-blue-tint text-blue-text',
  green: 'bg-green-tint text-green-text',
  amber: 'bg-amber-tint text-amber-text',
  red: 'bg-red-tint text-red-text',
}

const MARK: Record<Tone, string> = {
  grey: 'bg-grey',
  blue: 'bg-blue',
  green: 'bg-green',
  amber: 'bg-amber',
  red: 'bg-red',
}

export interface BadgeProps {
  tone?: Tone
  dot?: boolean
  /** The dot breathes while work is going on. */
  active?: boolean
  children: ReactNode
  className?: string
}

export function Badge({ tone = 'grey', dot, active, children, className }: BadgeProps) {
  return (
    <span
      className={cn(
        'inline-flex h-5 max-w-full items-center gap-1.5 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap',
        TEXT[tone],
        className,
      )}
    >
      {dot && <Dot tone={tone} active={active} />}
      <span className="truncate">{children}</span>
    </span>
  )
}

export function Dot({ tone, active, className }: { tone: Tone; active?: boolean; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn(
        'size-1.5 shrink-0 rounded-full',
        MARK[tone],
        active && 'animate-[breathe_1.6s_ease-in-out_infinite]',
        className,
      )}
    />
  )
}
