import { cn } from '@/lib/cn'
import type { Tone } from './Badge'

const FILL: Record<Tone, string> = {
  grey: 'text-grey',
  blue: 'text-blue',
  green: 'text-green',
  amber: 'text-amber',
  red: 'text-red',
}

export interface ProgressProps {
  /** 0 to 100. */
  value: number
  label: string
  tone?: Tone
  className?: string
}

export function Progress({ value, label, tone = 'blue', className }: ProgressProps) {
  const percent = Math.min(100, Math.max(0, value))
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cn('h-1.5 w-full overflow-hidden rounded-full bg-line', FILL[tone], className)}
    >
      <svg className="h-full w-full" preserveAspectRatio="none" viewBox="0 0 100 1" aria-hidden>
        <rect width={percent} height="1" fill="currentColor" className="transition-[width] duration-300" />
      </svg>
    </div>
  )
}
