import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorState, Spinner } from '@/components/ui'
import type { Window } from '@/viewer/dicom/windows'
import { pictureQuery, type PictureWish, type Plane, type Projection, type ServerPicture } from './api'
import { indexAfterKey, wheelSteps, windowAfterDrag, within } from './moves'

interface Props {
  seriesUid: string
  plane: Plane
  slab: number
  mode: Projection
  window: Window | null
  invert: boolean
  onWindow: (window: Window) => void
}

/** One plane of a series, drawn by the server: wheel and keys move through it, dragging changes the window. */
export function ServerPane({ onWindow, ...shown }: Props) {
  const { t } = useTranslation('serverViewer')
  const [index, setIndex] = useState<number | null>(null)
  const wish: PictureWish = { ...shown, index }
  const query = useQuery(pictureQuery(wish))
  const picture = query.data
  usePrefetch(wish, picture)

  const { wheel, key } = useMove(picture, index, setIndex)
  const drag = useDrag(picture?.window ?? null, onWindow)
  const name = t(`plane.${shown.plane}`)
  return (
    <section aria-label={name} className="relative min-h-0 min-w-0 overflow-hidden bg-black">
      <div
        ref={wheel}
        role="slider"
        tabIndex={0}
        aria-label={t('slices', { plane: name })}
        aria-orientation="vertical"
        aria-valuemin={1}
        aria-valuemax={picture?.count ?? 1}
        aria-valuenow={(index ?? picture?.index ?? 0) + 1}
        onKeyDown={key}
        {...drag}
        className="absolute inset-0 touch-none outline-none select-none focus-visible:ring-2 focus-visible:ring-blue focus-visible:ring-inset"
      >
        {picture && <Picture picture={picture} alt={t('picture', { number: picture.index + 1, plane: name })} />}
      </div>
      {picture && <Letters letters={picture.letters} />}
      {picture && (
        <p className="tnum pointer-events-none absolute bottom-1 left-2 text-xs text-white/85">
          {t('imageOf', { number: (index ?? picture.index) + 1, count: picture.count })}
          {picture.window && ` · ${t('windowed', { width: picture.window.width, center: picture.window.center })}`}
        </p>
      )}
      {query.isPending && (
        <span role="status" aria-label={t('drawing')} className="absolute inset-0 flex items-center justify-center">
          <Spinner />
        </span>
      )}
      {query.error && !picture && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
    </section>
  )
}

function useMove(picture: ServerPicture | undefined, index: number | null, go: (index: number) => void) {
  const latest = useRef({ picture, index })
  useEffect(() => {
    latest.current = { picture, index }
  })
  const wheel = useCallback(
    (element: HTMLDivElement | null) => {
      if (!element) return
      let left = 0
      const turn = (event: WheelEvent) => {
        event.preventDefault()
        const { picture, index } = latest.current
        const moved = wheelSteps(event.deltaY, left)
        left = moved.left
        if (!picture || moved.steps === 0) return
        const next = within((index ?? picture.index) + moved.steps, picture.count)
        latest.current.index = next
        go(next)
      }
      // React's own listener is passive: it could not keep the page from scrolling
      element.addEventListener('wheel', turn, { passive: false })
      return () => element.removeEventListener('wheel', turn)
    },
    [go],
  )
  const key = (event: React.KeyboardEvent) => {
    if (!picture || event.ctrlKey || event.metaKey || event.altKey) return
    const next = indexAfterKey(event.key, index ?? picture.index, picture.count)
    if (next === null) return
    event.preventDefault()
    go(next)
  }
  return { wheel, key }
}

function useDrag(window: Window | null, change: (window: Window) => void) {
  const from = useRef<{ x: number; y: number; window: Window } | null>(null)
  return {
    onPointerDown: (event: React.PointerEvent) => {
      if (event.button !== 0 || !window) return
      event.currentTarget.setPointerCapture(event.pointerId)
      from.current = { x: event.clientX, y: event.clientY, window }
    },
    onPointerMove: (event: React.PointerEvent) => {
      const start = from.current
      if (start) change(windowAfterDrag(start.window, event.clientX - start.x, event.clientY - start.y))
    },
    onPointerUp: () => {
      from.current = null
    },
    onPointerCancel: () => {
      from.current = null
    },
  }
}

/** The next slice in the direction of travel is asked for before it is wanted. */
function usePrefetch(wish: PictureWish, picture: ServerPicture | undefined) {
  const client = useQueryClient()
  const before = useRef(0)
  const { index } = wish
  const count = picture?.count
  useEffect(() => {
    if (index === null || count === undefined) return
    const next = within(index + Math.sign(index - before.current || 1), count)
    before.current = index
    if (next !== index) void client.prefetchQuery(pictureQuery({ ...wish, index: next }))
  }, [client, index, count]) // eslint-disable-line react-hooks/exhaustive-deps
}

function Picture({ picture, alt }: { picture: ServerPicture; alt: string }) {
  const show = useCallback(
    (element: HTMLImageElement | null) => {
      if (!element) return
      const address = URL.createObjectURL(picture.blob)
      element.src = address
      return () => URL.revokeObjectURL(address)
    },
    [picture],
  )
  return <img ref={show} alt={alt} draggable={false} className="pointer-events-none size-full object-contain" />
}

const PLACES = [
  'left-1 top-1/2 -translate-y-1/2',
  'right-1 top-1/2 -translate-y-1/2',
  'top-1 left-1/2 -translate-x-1/2',
  'bottom-1 left-1/2 -translate-x-1/2',
]

function Letters({ letters }: { letters: ServerPicture['letters'] }) {
  return letters.map((letter, place) => (
    <span
      key={PLACES[place]}
      aria-hidden
      className={`pointer-events-none absolute text-sm text-white/85 ${PLACES[place]}`}
    >
      {letter}
    </span>
  ))
}
