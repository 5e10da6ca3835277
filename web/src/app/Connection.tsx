import { SignalSlashIcon } from '@heroicons/react/20/solid'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dot, Tooltip } from '@/components/ui'
import { useConnection } from '@/lib/realtime'

const TONE = { online: 'green', connecting: 'amber', offline: 'red' } as const
const PATIENCE_MS = 3000

export function ConnectionDot() {
  const { t } = useTranslation()
  const status = useConnection((connection) => connection.status)
  return (
    <Tooltip text={status === 'offline' ? t('connection.banner') : t(`connection.${status}`)}>
      <span
        role="status"
        tabIndex={0}
        className="inline-flex h-8 items-center gap-1.5 rounded-md px-1.5 text-xs text-muted"
      >
        <Dot tone={TONE[status]} active={status !== 'online'} className="size-2" />
        <span className="sr-only xl:not-sr-only">{t(`connection.${status}`)}</span>
      </span>
    </Tooltip>
  )
}

/** Says so when live updates have been away for longer than a hiccup. */
export function ConnectionBanner() {
  const { t } = useTranslation()
  const offline = useConnection((connection) => connection.status === 'offline')
  return offline ? <Interrupted text={t('connection.banner')} /> : null
}

function Interrupted({ text }: { text: string }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div role="status">
      {shown && (
        <p className="flex items-center gap-2 bg-amber-tint px-4 py-1.5 text-xs text-amber-text md:px-6">
          <SignalSlashIcon className="size-4 shrink-0" aria-hidden />
          {text}
        </p>
      )}
    </div>
  )
}
