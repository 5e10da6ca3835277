import { Slot } from '@radix-ui/react-slot'
import type { ButtonHTMLAttributes, ComponentType, Ref, SVGProps } from 'react'
import { cn } from '@/lib/cn'
import { Spinner } from './Spinner'
import { Tooltip } from './Tooltip'

export type Icon = ComponentType<SVGProps<SVGSVGElement>>

const VARIANTS = {
  primary: 'bg-blue-fill text-white hover:bg-blue-fill-hover',
  secondary: 'border border-line-strong bg-surface text-text shadow-card hover:bg-hover',
  ghost: 'text-text hover:bg-hover',
  danger: 'bg-red-fill text-white hover:bg-red-fill-hover',
  dangerQuiet: 'text-red-text hover:bg-red-tint',
} as const

const SIZES = { sm: 'h-7 gap-1.5 px-2 text-xs', md: 'h-8 gap-1.5 px-3 text-sm', lg: 'h-10 gap-2 px-4 text-sm' } as const

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: keyof typeof VARIANTS
  size?: keyof typeof SIZES
  icon?: Icon
  busy?: boolean
  /** Lets a link look like a button: the only child takes the style. */
  asChild?: boolean
  ref?: Ref<HTMLButtonElement>
}

export function Button({ variant = 'secondary', size = 'md', icon: Mark, busy, asChild, ...props }: ButtonProps) {
  const { className, children, disabled, ...rest } = props
  const style = cn(
    'inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-busy:cursor-progress',
    VARIANTS[variant],
    SIZES[size],
    className,
  )
  if (asChild) {
    return (
      <Slot className={style} {...rest}>
        {children}
      </Slot>
    )
  }
  return (
    <button type="button" className={style} disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
      {busy ? <Spinner /> : Mark && <Mark className="size-4" aria-hidden />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  icon: Icon
  /** Its accessible name, also shown as a tooltip. */
  label: string
  size?: 'sm' | 'md'
  variant?: 'ghost' | 'dangerQuiet' | 'secondary'
  ref?: Ref<HTMLButtonElement>
}

export function IconButton({ icon: Mark, label, size = 'md', variant = 'ghost', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} muted={rest['aria-expanded'] === true}>
      <button
        type="button"
        aria-label={label}
        className={cn(
          'inline-flex shrink-0 items-center justify-center rounded-md transition-colors',
          'disabled:cursor-not-allowed disabled:opacity-50',
          variant === 'ghost' && 'text-muted hover:bg-hover hover:text-text',
          variant === 'secondary' && VARIANTS.secondary,
          variant === 'dangerQuiet' && 'text-muted hover:bg-red-tint hover:text-red-text',
          size === 'sm' ? 'size-7' : 'size-8',
          className,
        )}
        {...rest}
      >
        <Mark className={size === 'sm' ? 'size-4' : 'size-5'} aria-hidden />
      </button>
    </Tooltip>
  )
}
