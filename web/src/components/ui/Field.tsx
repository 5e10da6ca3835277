import { ExclamationCircleIcon } from '@heroicons/react/16/solid'
import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from '@/lib/cn'

const CONTROL =
  'w-full rounded-md border border-control bg-surface px-2.5 text-sm text-text shadow-card transition-colors ' +
  'hover:border-grey focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:opacity-60 ' +
  'aria-invalid:border-red'

export interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement>
}

export function Input({ className, ...props }: InputProps) {
  return <input className={cn(CONTROL, 'h-8 read-only:bg-sunken', className)} {...props} />
}

export interface TextAreaProps extends React.TextareaHTMLAttributes<HTMLTextAreaElement> {
  ref?: Ref<HTMLTextAreaElement>
}

export function TextArea({ className, ...props }: TextAreaProps) {
  return <textarea className={cn(CONTROL, 'min-h-20 py-1.5', className)} {...props} />
}

export interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  ref?: Ref<HTMLSelectElement>
}

/** The browser's own list: reachable by keyboard and right on a phone. */
export function Select({ className, ...props }: SelectProps) {
  return <select className={cn(CONTROL, 'select h-8 appearance-none pr-8', className)} {...props} />
}

export interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  error?: string | null
  optional?: boolean
  className?: string
  /** Receives the ids that tie the control to its label, hint and error. */
  children: (control: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId()
  const { t } = useTranslation()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={cn('flex min-w-0 flex-col gap-1', className)}>
      <label htmlFor={id} className="text-xs font-medium text-text">
        {label}
        {optional && <span className="ml-1.5 font-normal text-muted">{t('optional')}</span>}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1 text-xs text-red-text">
          <ExclamationCircleIcon className="mt-px size-4 shrink-0" aria-hidden />
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}

export interface TextFieldProps extends Omit<InputProps, 'value' | 'onChange'>, Omit<FieldProps, 'children'> {
  value: string
  onText: (text: string) => void
}

/** A line of text with its label: the usual field. */
export function TextField({ label, hint, error, optional, className, onText, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional} className={className}>
      {(control) => <Input {...input} {...control} onChange={(event) => onText(event.target.value)} />}
    </Field>
  )
}
