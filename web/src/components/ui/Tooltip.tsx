import * as Radix from '@radix-ui/react-tooltip'
import { useState, type ReactNode } from 'react'

export const TooltipProvider = ({ children }: { children: ReactNode }) => (
  <Radix.Provider delayDuration={400} skipDelayDuration={200}>
    {children}
  </Radix.Provider>
)

export interface TooltipProps {
  text: ReactNode
  side?: 'top' | 'right' | 'bottom' | 'left'
  /** Keeps quiet, for instance while the button's menu is open. */
  muted?: boolean
  children: ReactNode
}

export function Tooltip({ text, side = 'bottom', muted = false, children }: TooltipProps) {
  const [open, setOpen] = useState(false)
  return (
    <Radix.Root open={open && !muted} onOpenChange={setOpen}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 animate-[rise_120ms_ease-out] rounded-sm bg-[#1e293b] px-2 py-1 text-xs text-white shadow-float"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
