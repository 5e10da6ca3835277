import type { ReactNode, Ref } from 'react'
import { cn } from '@/lib/cn'

/** The dark frame of a viewer: the whole screen on a phone, and wherever no shell stands around it. */
export function ViewerFrame({
  ref,
  bare,
  children,
}: {
  ref: Ref<HTMLDivElement>
  bare?: boolean
  children: ReactNode
}) {
  return (
    <div
      ref={ref}
      data-theme="dark"
      className={cn(
        'fixed inset-0 z-50 flex flex-col bg-canvas text-text',
        // All that the shell leaves to the page, whatever else it shows above.
        !bare && 'md:absolute md:z-auto',
      )}
    >
      {children}
    </div>
  )
}
