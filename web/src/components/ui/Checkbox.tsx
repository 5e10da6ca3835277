import { CheckIcon } from '@heroicons/react/16/solid'
import * as Radix from '@radix-ui/react-checkbox'
import { useId, type ReactNode } from 'react'

export interface CheckboxProps {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
  disabled?: boolean
}

export function Checkbox({ checked, onChange, children, disabled }: CheckboxProps) {
  const id = useId()
  return (
    <div className="flex min-w-0 items-start gap-2">
      <Radix.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(state) => onChange(state === true)}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border border-control bg-surface transition-colors hover:border-grey disabled:opacity-50 data-[state=checked]:border-blue-fill data-[state=checked]:bg-blue-fill"
      >
        <Radix.Indicator>
          <CheckIcon className="size-3.5 text-white" aria-hidden />
        </Radix.Indicator>
      </Radix.Root>
      <label htmlFor={id} className="min-w-0 cursor-pointer text-sm">
        {children}
      </label>
    </div>
  )
}
