import type { TFunction } from 'i18next'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, errorText, Spinner } from '@/components/ui'
import { ApiError, NetworkError } from '@/lib/api'
import { cn } from '@/lib/cn'
import { NotAVolumeError, type Engine, type Pane } from '@/viewer/dicom'
import { CornerTexts } from './CornerTexts'
import { KeyImageMark } from './KeyImageMark'
import { PaneBar } from './PaneBar'
import { protocolPreset } from './presets'
import { stacksQuery } from './series'
import { ServerPlane } from './ServerPlane'
import { reading, useReading, type PaneWish } from './state'
import { useReadout } from './useEngine'

export const SERIES_MIME = 'application/x-hounsfield-series'

/** One picture with its frame: takes a dropped series, shows its corners' texts and what went wrong in place. */
export function PaneView({ index, engine }: { index: number; engine: Engine }) {
  const { t } = useTranslation('viewer')
  const wish = useReading((state) => state.wishes[index] ?? null)
  const active = useReading((state) => state.active === index)
  const alone = useReading((state) => state.layout === '1x1')
  const [pane, setPane] = useState<Pane | null>(null)
  const [over, setOver] = useState(false)

  const attach = useCallback(
    (element: HTMLDivElement | null) => {
      if (!element) return
      const attached = engine.attach(`pane-${index}`, element)
      setPane(attached)
      return () => {
        attached.dispose()
        setPane(null)
      }
    },
    [engine, index],
  )
  const { failure, retry } = useShown(pane, wish)
  useFused(pane, wish)

  const drop = (event: React.DragEvent) => {
    setOver(false)
    const carried = event.dataTransfer.getData(SERIES_MIME)
    if (!carried) return
    event.preventDefault()
    reading.show(index, JSON.parse(carried) as PaneWish)
  }
  return (
    <section
      aria-label={t('pane', { number: index + 1 })}
      aria-current={active || undefined}
      data-pane={index}
      onPointerDownCapture={() => reading.activate(index)}
      onFocusCapture={() => reading.activate(index)}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(SERIES_MIME)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className="relative min-h-0 min-w-0 overflow-hidden bg-black"
    >
      <div
        ref={attach}
        role="application"
        aria-label={t('picture')}
        className="absolute inset-0 overflow-hidden outline-none select-none"
        onContextMenu={(event) => event.preventDefault()}
      />
      {pane && <CornerTexts pane={pane} studyUid={wish?.studyUid} />}
      {pane && wish && <KeyImageMark pane={pane} studyUid={wish.studyUid} />}
      <PaneState index={index} pane={pane} wish={wish} failure={failure} onRetry={retry} />
      {wish && <PaneBar index={index} wish={wish} />}
      <div
        className={cn(
          'pointer-events-none absolute inset-0 border',
          active && !alone ? 'border-blue' : 'border-transparent',
          over && 'border-2 border-blue bg-blue/15',
        )}
      />
    </section>
  )
}

/** Brings what is wished for into the pane. */
function useShown(pane: Pane | null, wish: PaneWish | null) {
  const query = useQuery({
    ...stacksQuery(wish?.studyUid ?? '', wish?.seriesUid ?? ''),
    enabled: wish !== null,
  })
  const stack = query.data?.[wish?.stackIndex ?? 0]
  const shown = useRef<{ pane: Pane; wish: PaneWish } | null>(null)
  useEffect(() => {
    if (!pane || !wish || !stack || (shown.current?.pane === pane && shown.current.wish === wish)) return
    const looksAsUsual = shown.current?.pane === pane && isSameButLook(shown.current.wish, wish)
    shown.current = { pane, wish }
    // A picture that cannot be read says so itself, in its place.
    const { begin } = wish
    const begun = begin ? stack.images.findIndex((i) => i.sopUid === begin.sopUid && i.frame === begin.frame) : -1
    const index = looksAsUsual ? pane.readout().index : begun >= 0 ? begun : wish.index
    // The scanner's window first; one that suits the part of the body where it proposes none.
    const preset = stack.modality === 'CT' && !stack.images[0]?.window ? protocolPreset(stack) : null
    const { studyUid, view, look } = wish
    pane.show({ studyUid, stack, view, index, window: preset, look }).catch(() => undefined)
  }, [pane, wish, stack])
  const empty = query.data && !stack ? new Error('no pictures') : null
  return { failure: query.error ?? empty, retry: () => void query.refetch() }
}

/** Whether all that changed is that a presentation state was taken away: whoever reads stays where they are. */
const isSameButLook = (before: PaneWish, after: PaneWish): boolean =>
  before.look !== undefined &&
  after.look === undefined &&
  (['studyUid', 'seriesUid', 'stackIndex', 'view'] as const).every((part) => before[part] === after[part])

/** Lays the fused series over the pane's own, once both are there. */
function useFused(pane: Pane | null, wish: PaneWish | null) {
  const fused = wish?.fused
  const ready = useReadout(pane).image !== null
  const stack = useQuery({
    ...stacksQuery(fused?.studyUid ?? '', fused?.seriesUid ?? ''),
    enabled: fused !== undefined,
  }).data?.[0]
  useEffect(() => {
    if (!pane || !ready) return
    void pane.fuse(fused && stack ? { studyUid: fused.studyUid, stack, opacity: fused.opacity } : null)
  }, [pane, ready, fused, stack])
}

interface PaneStateProps {
  index: number
  pane: Pane | null
  wish: PaneWish | null
  failure: unknown
  onRetry: () => void
}

function PaneState({ index, pane, wish, failure, onRetry }: PaneStateProps) {
  const { t } = useTranslation(['viewer', 'common'])
  const { t: common } = useTranslation()
  const readout = useReadout(pane)
  const noPrior = useReading((state) => state.noPrior) && index === 1
  if (!wish) {
    return (
      <Middle>
        {noPrior && (
          <p role="status" className="mb-1 text-text">
            {t('noPrior')}
          </p>
        )}
        <p>{t('dropHere')}</p>
      </Middle>
    )
  }
  if (readout.error instanceof NotAVolumeError) {
    const drawable = ['memory', 'webgl'].includes(readout.error.obstacle) && wish.view?.kind === 'plane'
    return (
      <div role="alert" className="absolute inset-0 flex flex-col items-center justify-center gap-2 bg-black p-6">
        {drawable ? (
          <ServerPlane wish={wish} pane={pane} />
        ) : (
          <p className="max-w-md text-center text-sm text-muted">{t(`obstacle.${readout.error.obstacle}`)}</p>
        )}
      </div>
    )
  }
  if (failure || readout.error) {
    // Opaque: the picture before must not be taken for this one.
    return (
      <div role="alert" className="absolute inset-0 flex flex-col items-center justify-center gap-3 bg-black p-6">
        <p className="text-sm font-medium text-red-text">{t(failure ? 'seriesFailed' : 'imageFailed')}</p>
        <p className="max-w-md text-center text-xs text-muted">{reason(failure ?? readout.error, common)}</p>
        <Button size="sm" onClick={() => (failure ? onRetry() : pane?.retry())}>
          {t('common:action.retry')}
        </Button>
        {!failure && readout.count > 1 && (
          <p className="tnum text-xs text-muted">{t('imageOf', { number: readout.index + 1, count: readout.count })}</p>
        )}
      </div>
    )
  }
  if (!readout.image) {
    return (
      <Middle>
        <span role="status" aria-label={t('common:state.loading')}>
          <Spinner />
        </span>
      </Middle>
    )
  }
  return readout.progress === null ? null : (
    <progress
      aria-label={t('common:state.loading')}
      value={readout.progress}
      className="pointer-events-none absolute inset-x-0 bottom-0 h-0.5 w-full appearance-none accent-blue"
    />
  )
}

/** The platform's own words; a decoder's, where the bytes came but could not be read. */
function reason(error: unknown, t: TFunction): string {
  if (error instanceof ApiError || error instanceof NetworkError) {
    const { title, detail } = errorText(error, t)
    return [title, detail].filter(Boolean).join(' ')
  }
  return error instanceof Error ? error.message : ''
}

const Middle = ({ children }: { children: React.ReactNode }) => (
  <div className="pointer-events-none absolute inset-0 flex flex-col items-center justify-center p-4 text-center text-sm text-muted">
    {children}
  </div>
)
