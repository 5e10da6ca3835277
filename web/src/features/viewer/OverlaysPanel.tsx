import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox, ErrorCallout, Spinner } from '@/components/ui'
import { number } from '@/lib/format'
import type { Engine } from '@/viewer/dicom'
import { presentIn } from './presentIn'
import { overlayQuery, overlaysQuery, type OverlayItem } from './overlays'

/** What can be laid over the images: segmentations, structures and 3D models, each with its parts. */
export function OverlaysPanel({ engine, studyUid }: { engine: Engine; studyUid: string }) {
  const { t } = useTranslation('viewer')
  const query = useQuery(overlaysQuery(studyUid))
  const [opacity, setOpacity] = useState(1)
  const items = query.data?.items ?? []
  return (
    <section aria-label={t('keys.command.overlays')} className="flex min-h-0 flex-1 flex-col">
      <header className="flex items-center gap-3 border-b border-line px-3 py-2">
        <h2 className="flex-1 text-sm font-semibold">{t('keys.command.overlays')}</h2>
        <input
          type="range"
          min={0.1}
          max={1}
          step={0.05}
          value={opacity}
          aria-label={t('overlays.opacity')}
          className="w-24 accent-blue"
          onChange={(event) => {
            setOpacity(Number(event.target.value))
            engine.layers.opacity(Number(event.target.value))
          }}
        />
      </header>
      <div className="min-h-0 flex-1 overflow-auto">
        {query.isPending && <Spinner />}
        {query.error && <ErrorCallout error={query.error} />}
        {query.data && items.length === 0 && <p className="p-3 text-xs text-muted">{t('overlays.empty')}</p>}
        {items.map((item) => (
          <OverlayEntry key={item.id} item={item} engine={engine} studyUid={studyUid} />
        ))}
      </div>
    </section>
  )
}

function OverlayEntry({ item, engine, studyUid }: { item: OverlayItem; engine: Engine; studyUid: string }) {
  const { t } = useTranslation('viewer')
  const [on, setOn] = useState(false)
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set())
  const query = useQuery({ ...overlayQuery(studyUid, item), enabled: on })
  const loaded = query.data

  useEffect(() => {
    if (!on || !loaded) return
    engine.layers.set(
      item.id,
      loaded.draw(loaded.parts.map(({ number: n, color }) => ({ number: n, color, visible: !hidden.has(n) }))),
    )
    return () => engine.layers.set(item.id, null)
  }, [engine, item.id, on, loaded, hidden])

  const state = on ? loaded?.state : undefined
  useEffect(() => {
    if (state) return presentIn(studyUid, item.referenced_series_uid, state)
  }, [studyUid, item.referenced_series_uid, state])

  const toggle = (part: number) =>
    setHidden((old) => {
      const next = new Set(old)
      if (!next.delete(part)) next.add(part)
      return next
    })
  // what a SEG is called by its label is mostly SEGMENTATION, and a presentation state's is one word in capitals
  const said = (['SEG', 'PR'].includes(item.kind) && item.description) || item.label || item.description || item.kind
  const name = item.kind === 'MODELS' ? t('overlays.models', { name: said }) : said
  return (
    <div className="border-b border-line p-2">
      <Checkbox checked={on} disabled={item.unreadable !== null} onChange={setOn}>
        {name}
      </Checkbox>
      <p className="tnum pl-6 text-xs text-muted">
        {item.unreadable?.message ??
          [
            item.kind === 'PR' ? t('overlays.presentation') : item.kind !== 'MODELS' && item.kind,
            item.parts !== null && t('overlays.parts', { count: item.parts }),
          ]
            .filter(Boolean)
            .join(' · ')}
        {item.kind === 'MODELS' && (
          <Link
            to="/models/$modelInfoId"
            params={{ modelInfoId: item.id }}
            className="ml-2 text-blue-text hover:underline"
          >
            {t('overlays.openModels')}
          </Link>
        )}
      </p>
      {on && query.isPending && <Spinner />}
      {query.error && <ErrorCallout error={query.error} />}
      {on && loaded && (
        <ul className="mt-1 max-h-72 overflow-auto">
          {loaded.parts.map((part) => (
            <li key={part.number} className="flex items-center gap-2 py-0.5 pl-6 text-xs">
              <Checkbox checked={!hidden.has(part.number)} onChange={() => toggle(part.number)}>
                {part.label || String(part.number)}
              </Checkbox>
              <span className="size-3 shrink-0 rounded-sm" style={{ background: part.color }} aria-hidden />
              {part.volume_ml !== null && (
                <span className="tnum ml-auto shrink-0 text-muted">{number(part.volume_ml, 1)} ml</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
