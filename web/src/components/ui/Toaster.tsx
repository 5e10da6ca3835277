import { CheckCircleIcon, InformationCircleIcon, XCircleIcon, XMarkIcon } from '@heroicons/react/20/solid'
import { useTranslation } from 'react-i18next'
import { cn } from '@/lib/cn'
import { dismiss, useToasts } from '@/lib/toast'
import { IconButton } from './Button'

const ICON = { info: InformationCircleIcon, success: CheckCircleIcon, error: XCircleIcon }
const COLOR = { info: 'text-blue', success: 'text-green', error: 'text-red' }

export function Toaster() {
  const toasts = useToasts((state) => state.toasts)
  const { t } = useTranslation()
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-50 flex flex-col items-end gap-2 md:inset-x-auto md:right-4 md:bottom-4"
    >
      {toasts.map(({ id, tone, title, detail }) => {
        const Mark = ICON[tone]
        return (
          <div
            key={id}
            className="pointer-events-auto flex w-full animate-[rise_160ms_ease-out] items-start gap-2.5 rounded-md border border-line bg-surface py-2 pr-1.5 pl-3 shadow-float md:w-96"
          >
            <Mark className={cn('mt-1.5 size-5 shrink-0', COLOR[tone])} aria-hidden />
            <div className="min-w-0 flex-1 py-1.5 break-words">
              <p className="font-medium">{title}</p>
              {detail && <p className="text-muted">{detail}</p>}
            </div>
            <IconButton icon={XMarkIcon} label={t('action.dismiss')} onClick={() => dismiss(id)} />
          </div>
        )
      })}
    </div>
  )
}
