import { XMarkIcon } from '@heroicons/react/20/solid'
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from '@/lib/cn'

export interface DialogProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  children: ReactNode
  /** Buttons, right-aligned under the content. */
  footer?: ReactNode
  className?: string
}

/**
 * The browser's own modal dialog: it traps focus, makes the page behind inert and closes on Escape, without the
 * injected style elements that the content policy would refuse.
 */
export function Dialog({ open, onClose, title, children, footer, className }: DialogProps) {
  const { t } = useTranslation()
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  useEffect(() => {
    const dialog = ref.current
    if (!dialog) return
    if (open && !dialog.open) {
      dialog.showModal()
      // The first thing to fill in, else the way out that changes nothing.
      dialog.querySelector<HTMLElement>('form :is(input, select, textarea), footer button')?.focus()
    }
    if (!open && dialog.open) dialog.close()
  }, [open])

  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
      className={cn(
        'm-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md animate-[rise_140ms_ease-out] rounded-md bg-surface p-0 text-text shadow-float outline-none',
        className,
      )}
    >
      {open && (
        <div className="flex flex-col">
          <header className="flex items-center gap-3 border-b border-line py-2 pr-2 pl-4">
            <h2 id={titleId} className="min-w-0 flex-1 truncate text-sm font-semibold">
              {title}
            </h2>
            {/* Without a tooltip, which would take the first Escape for itself. */}
            <button
              type="button"
              aria-label={t('action.close')}
              onClick={onClose}
              className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
            >
              <XMarkIcon className="size-5" aria-hidden />
            </button>
          </header>
          <div className="flex-1 p-4">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunken px-4 py-3">
              {footer}
            </footer>
          )}
        </div>
      )}
    </dialog>
  )
}
