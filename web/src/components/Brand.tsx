import { cn } from '@/lib/cn'

export function BrandMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={cn('size-6 shrink-0', className)} aria-hidden>
      <rect width="32" height="32" rx="6" className="fill-blue-fill" />
      <path d="M9 7v18M23 7v18M9 16h14" stroke="#fff" strokeWidth="3" strokeLinecap="round" fill="none" />
      <circle cx="16" cy="16" r="4.5" className="fill-blue-fill" stroke="#fff" strokeWidth="2.5" />
    </svg>
  )
}

export function Brand({ className }: { className?: string }) {
  return (
    <span className={cn('inline-flex items-center gap-2 text-base font-semibold tracking-tight', className)}>
      <BrandMark />
      Hounsfield
    </span>
  )
}
