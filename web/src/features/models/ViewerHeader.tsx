import { AdjustmentsHorizontalIcon, ArrowLeftIcon, ShareIcon } from '@heroicons/react/20/solid'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton, Skeleton } from '@/components/ui'
import { personName } from '@/lib/format'
import type { ModelInfo } from './api'
import { ShareModel } from './ShareModel'

export interface ViewerHeaderProps {
  model: ModelInfo | undefined
  panelOpen: boolean
  /** Opens the parts where they do not stand beside the scene; absent while there are none. */
  onPanel?: () => void
}

export function ViewerHeader({ model, panelOpen, onPanel }: ViewerHeaderProps) {
  const { t } = useTranslation(['models', 'common'])
  const [sharing, setSharing] = useState(false)
  return (
    <header className="flex min-h-11 items-center gap-2 border-b border-line bg-surface px-2">
      <Link
        to="/models"
        aria-label={t('viewer.back')}
        className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
      >
        <ArrowLeftIcon className="size-5" aria-hidden />
      </Link>
      <h1 className="min-w-0 truncate text-sm font-semibold">{model ? model.name : <Skeleton className="w-40" />}</h1>
      {model && (
        <p className="hidden min-w-0 truncate text-xs text-muted sm:block">
          {[model.patient_name && personName(model.patient_name), model.order_no].filter(Boolean).join(' · ')}
        </p>
      )}
      <div className="ml-auto flex items-center gap-1">
        {model?.status === 'ENABLED' && (
          <>
            <Button variant="ghost" icon={ShareIcon} onClick={() => setSharing(true)}>
              {t('share.open')}
            </Button>
            {sharing && <ShareModel model={model} onClose={() => setSharing(false)} />}
          </>
        )}
        {onPanel && (
          <IconButton
            icon={AdjustmentsHorizontalIcon}
            label={t('parts.title')}
            aria-expanded={panelOpen}
            aria-controls="viewer-parts"
            className="md:hidden"
            onClick={onPanel}
          />
        )}
      </div>
    </header>
  )
}
