import * as Radix from '@radix-ui/react-switch'

export interface SwitchProps {
  checked: boolean
  onChange: (checked: boolean) => void
  /** Accessible name, when no label element points at `id`. */
  label?: string
  id?: string
  disabled?: boolean
}

export function Switch({ checked, onChange, label, id, disabled }: SwitchProps) {
  return (
    <Radix.Root
      id={id}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled}
      aria-label={label}
      className="relative h-5 w-9 shrink-0 rounded-full bg-control transition-colors disabled:opacity-50 data-[state=checked]:bg-blue-fill"
    >
      <Radix.Thumb className="block size-4 translate-x-0.5 rounded-full bg-white shadow-card transition-transform data-[state=checked]:translate-x-[18px]" />
    </Radix.Root>
  )
}
