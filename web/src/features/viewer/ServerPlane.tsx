import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Identity } from './CornerTexts'
import { usualWindow } from './presets'
import { stacksQuery } from './series'
import { useReading, type PaneWish } from './state'
import { ServerPane } from './fallback/ServerPane'
import type { Pane, Window } from '@/viewer/dicom'

/** A plane that this device cannot cut itself: the platform draws it, and the tab keeps its memory. */
export function ServerPlane({ wish, pane }: { wish: PaneWish; pane: Pane | null }) {
  const { t } = useTranslation('viewer')
  const [window, setWindow] = useState<Window | null>(null)
  const stack = useQuery(stacksQuery(wish.studyUid, wish.seriesUid)).data?.[wish.stackIndex]
  const texts = useReading((state) => state.texts)
  const { view } = wish
  if (view?.kind !== 'plane') return null
  return (
    <div className="absolute inset-0 grid">
      <ServerPane
        seriesUid={wish.seriesUid}
        plane={view.plane}
        slab={view.slab?.thickness ?? 0}
        mode={view.slab?.mode === 'average' ? 'mean' : (view.slab?.mode ?? 'mip')}
        window={window ?? (stack ? usualWindow(stack) : null)}
        invert={false}
        onWindow={setWindow}
      />
      {texts && pane && <Identity pane={pane} studyUid={wish.studyUid} />}
      {texts && <p className="pointer-events-none absolute right-2 bottom-1 text-xs text-muted">{t('byServer')}</p>}
    </div>
  )
}
