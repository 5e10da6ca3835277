import { CheckIcon } from '@heroicons/react/16/solid'
import * as Radix from '@radix-ui/react-dropdown-menu'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import type { Icon } from './Button'

const PANEL =
  'z-50 min-w-44 animate-[rise_120ms_ease-out] rounded-md border border-line bg-surface p-1 text-sm shadow-float'
const ITEM =
  'flex h-8 cursor-pointer items-center gap-2 rounded-sm px-2 outline-none select-none ' +
  'data-[highlighted]:bg-hover data-[disabled]:cursor-not-allowed data-[disabled]:opacity-50'

export interface MenuProps {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
  side?: 'top' | 'bottom'
}

/** Not modal: a modal menu would inject a style element, which the content policy refuses. */
export function Menu({ trigger, children, align = 'end', side = 'bottom' }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align={align} side={side} sideOffset={6} collisionPadding={8} className={PANEL}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface MenuItemProps {
  icon?: Icon
  onSelect?: () => void
  danger?: boolean
  disabled?: boolean
  /** The only child, a link, becomes the item. */
  asChild?: boolean
  children: ReactNode
}

export function MenuItem({ icon: Mark, onSelect, danger, disabled, asChild, children }: MenuItemProps) {
  return (
    <Radix.Item
      onSelect={onSelect}
      disabled={disabled}
      asChild={asChild}
      className={cn(ITEM, danger && 'text-red-text data-[highlighted]:bg-red-tint')}
    >
      {asChild ? (
        children
      ) : (
        <>
          {Mark && <Mark className={cn('size-4', danger ? '' : 'text-grey')} aria-hidden />}
          {children}
        </>
      )}
    </Radix.Item>
  )
}

export interface MenuChoiceProps<T extends string> {
  label: string
  value: T
  options: { value: T; label: string; icon?: Icon }[]
  onChange: (value: T) => void
}

export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as T)} aria-label={label}>
      {options.map(({ value: option, label: text, icon: Mark }) => (
        <Radix.RadioItem key={option} value={option} className={ITEM}>
          {Mark && <Mark className="size-4 text-grey" aria-hidden />}
          <span className="flex-1">{text}</span>
          <Radix.ItemIndicator>
            <CheckIcon className="size-4 text-blue" aria-hidden />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Radix.Label className="px-2 pt-1.5 pb-1 text-xs text-muted">{children}</Radix.Label>
)

export const MenuSeparator = () => <Radix.Separator className="-mx-1 my-1 h-px bg-line" />
