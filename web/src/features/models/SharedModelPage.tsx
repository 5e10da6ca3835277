import { AdjustmentsHorizontalIcon } from '@heroicons/react/20/solid'
import { LinkSlashIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState, IconButton, Spinner } from '@/components/ui'
import { ApiError } from '@/lib/api'
import { dateTime } from '@/lib/format'
import { useTitle } from '@/lib/hooks/useTitle'
import { fetchSharedMesh, sharedModelsQuery } from './api'
import { DEFAULT_BACKGROUND, type LookChange } from './looks'
import { ModelStage } from './ModelStage'
import { PartsPanel } from './PartsPanel'
import { useEdits } from './useEdits'
import { useViewer } from './useViewer'
import { ViewerFrame } from './ViewerFrame'

/** What a link shows to somebody without an account. The link's secret stands behind the `#`. */
export function SharedModelPage() {
  const secret = useLocation({ select: ({ hash }) => hash })
  return <SharedModel key={secret} secret={secret} />
}

function SharedModel({ secret }: { secret: string }) {
  const { t } = useTranslation(['models', 'common'])
  const frame = useRef<HTMLDivElement>(null)
  const [panelOpen, setPanelOpen] = useState(false)
  const [background, setBackground] = useState(DEFAULT_BACKGROUND)
  const shared = useQuery(sharedModelsQuery(secret))
  // A guest's changes stay in the guest's page.
  const { parts, edit } = useEdits(shared.data?.models)
  const fetchMesh = useMemo(() => (url: string, signal: AbortSignal) => fetchSharedMesh(url, secret, signal), [secret])
  const viewer = useViewer(parts, background, fetchMesh)
  useTitle(shared.data?.name)

  const change = (id: string, look: LookChange) => edit(new Map([[id, look]]))
  const refused = shared.error instanceof ApiError && shared.error.status < 500

  return (
    <ViewerFrame ref={frame} bare>
      <header className="flex min-h-11 items-center gap-3 border-b border-line bg-surface px-3">
        <h1 className="min-w-0 truncate text-sm font-semibold">{shared.data?.name}</h1>
        {shared.data && (
          <p className="hidden text-xs text-muted sm:block">
            {t('viewer.shared', { at: dateTime(shared.data.expires_at) })}
          </p>
        )}
        {parts && (
          <IconButton
            icon={AdjustmentsHorizontalIcon}
            label={t('parts.title')}
            aria-expanded={panelOpen}
            aria-controls="viewer-parts"
            className="ml-auto md:hidden"
            onClick={() => setPanelOpen((open) => !open)}
          />
        )}
      </header>
      <div className="flex min-h-0 flex-1 flex-col md:flex-row">
        <ModelStage viewer={viewer} name={shared.data?.name ?? ''} ready={Boolean(parts)} frame={frame}>
          {shared.isPending && (
            <span role="status" aria-label={t('common:state.loading')}>
              <Spinner />
            </span>
          )}
          {refused && (
            <EmptyState icon={LinkSlashIcon} title={t('share.invalid')}>
              {t('share.invalidDetail')}
            </EmptyState>
          )}
          {shared.isError && !refused && <ErrorState error={shared.error} onRetry={() => void shared.refetch()} />}
        </ModelStage>
        {parts && (
          <PartsPanel
            open={panelOpen}
            parts={parts}
            states={viewer.states}
            onRetry={viewer.retry}
            onChange={change}
            onChangeAll={edit}
            background={background}
            onBackground={setBackground}
            downloads={false}
          />
        )}
      </div>
    </ViewerFrame>
  )
}
