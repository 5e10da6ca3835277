import {
  Enums,
  imageLoader,
  type RenderingEngine,
  type StackViewport,
  type Types,
  type VolumeViewport,
  type VolumeViewport3D,
} from '@cornerstonejs/core'
import type { Vec3 } from '../types'
import { createBodyLens, type BodyLens } from './bodyLens'
import type { Stack } from './images'
import type { Lens, LensContext, Shown } from './lens'
import { imageIdOf, register } from './loader'
import { createPlaneLens, ORIENTATION, type PlaneLens } from './planeLens'
import type { Look } from './presentation'
import { NO_READOUT, type Readout } from './readout'
import { createStackLens } from './stackLens'
import type { PaneKind, Toolset } from './tools'
import { FUSION_COLORMAP, STACK_VIEW, type View } from './views'
import type { Shades } from './shades'
import { windowOfPixels, type Window } from './windows'

const { Events, ViewportType } = Enums
const TYPE: Record<PaneKind, Enums.ViewportType> = {
  stack: ViewportType.STACK,
  plane: ViewportType.ORTHOGRAPHIC,
  body: ViewportType.VOLUME_3D,
}
const MAX_ZOOM = 40
const MIN_ZOOM = 0.1

export interface PaneOptions {
  id: string
  element: HTMLDivElement
  rendering: RenderingEngine
  tools: Toolset
}

export interface Showing {
  studyUid: string
  stack: Stack
  view?: View
  /** The picture to begin with. */
  index?: number
  window?: Window | null
  /** How a presentation state wants it to be seen. */
  look?: Look | null
}

export interface Pane {
  readonly id: string
  readonly element: HTMLDivElement
  readonly viewportId: string
  stack(): Stack | null
  view(): View
  show(showing: Showing): Promise<void>
  /** Draws another series over a plane; null takes it away. */
  fuse(over: { studyUid: string; stack: Stack; opacity: number } | null): Promise<void>
  readout(): Readout
  onChange(listener: (readout: Readout) => void): () => void
  scroll(steps: number): void
  goTo(index: number): void
  /** Shows the slice nearest to a point of the patient. */
  goToPoint(point: Vec3): void
  /** A point of the shown slice. */
  point(): Vec3 | null
  setWindow(window: Window): void
  setShades(shades: Shades): void
  /** A window made for what is in the middle of the picture. */
  autoWindow(): void
  zoom(factor: number): void
  pan(dx: number, dy: number): void
  turn(degrees: number): void
  flip(direction: 'horizontal' | 'vertical'): void
  invert(): void
  fit(): void
  /** Whether the picture is neither enlarged nor moved. */
  isFitted(): boolean
  /** As large as the pane allows, turned as it is. */
  fill(): void
  reset(): void
  retry(): void
  dispose(): void
}

const sameView = (a: View, b: View): boolean =>
  a.kind === b.kind && (a.kind !== 'plane' || a.plane === (b as typeof a).plane)

/** One picture on the page: a viewport of Cornerstone with what a reader does to it. */
export function createPane({ id, element, rendering, tools }: PaneOptions): Pane {
  const viewportId = `${rendering.id}-${id}`
  const listeners = new Set<(readout: Readout) => void>()
  let readout: Readout = NO_READOUT
  let current: { shown: Shown; view: View } | null = null
  let lens: Lens | null = null
  let disposed = false

  const viewport = <T = Types.IViewport>() => rendering.getViewport<T>(viewportId)

  function publish(change: Partial<Readout>): void {
    if (disposed) return
    readout = { ...readout, ...change }
    for (const listener of listeners) listener(readout)
  }

  const context: LensContext = {
    viewportId,
    element,
    publish,
    enable(kind, view) {
      tools.remove(viewportId, rendering.id)
      const orientation = view.kind === 'plane' ? ORIENTATION[view.plane] : undefined
      rendering.enableElement({
        viewportId,
        element,
        type: TYPE[kind],
        defaultOptions: { background: [0, 0, 0], ...(orientation && { orientation }) },
      })
      tools.add(viewportId, rendering.id, kind)
    },
  }

  function lensFor(view: View): Lens {
    if (view.kind === 'plane') return createPlaneLens(context, view, () => viewport<VolumeViewport>())
    if (view.kind === 'body') {
      return createBodyLens(context, view, () => viewport<VolumeViewport3D>())
    }
    return createStackLens(context, () => viewport<StackViewport>())
  }

  const rendered = () => {
    if (lens && readout.image) publish(lens.look())
  }
  element.addEventListener(Events.IMAGE_RENDERED, rendered)

  const shownOf = (studyUid: string, stack: Stack, index: number, window: Window | null): Shown => {
    const imageIds = stack.images.map((image) => imageIdOf(studyUid, stack.seriesUid, image))
    imageIds.forEach((imageId, i) => register(imageId, stack.images[i]!))
    return { stack, imageIds, index, window }
  }

  const pane: Pane = {
    id,
    element,
    viewportId,
    stack: () => current?.shown.stack ?? null,
    view: () => current?.view ?? STACK_VIEW,
    async show({ studyUid, stack, view = STACK_VIEW, index = 0, window = null, look = null }) {
      const before = current
      const shown = { ...shownOf(studyUid, stack, index, window), look }
      current = { shown, view }
      if (lens && before && sameView(before.view, view) && before.shown.stack === stack && view.kind !== 'stack') {
        if (view.kind === 'plane') (lens as PlaneLens).setSlab(view.slab)
        else (lens as BodyLens).setPreset(view.preset)
        return
      }
      // on its way while the viewport is made, which can take longer
      if (view.kind === 'stack') void imageLoader.loadAndCacheImage(shown.imageIds[index]!).catch(() => undefined)
      if (!lens || !before || !sameView(before.view, view)) {
        lens?.dispose()
        lens = lensFor(view)
      }
      const asking = lens
      try {
        await asking.show(shown)
      } catch (error) {
        if (lens === asking && view.kind !== 'stack') publish({ error, loading: false })
      }
    },
    async fuse(over) {
      if (lens?.kind !== 'plane') return
      const planes = lens as PlaneLens
      if (!over) return planes.fuse(null)
      const shown = shownOf(over.studyUid, over.stack, 0, null)
      try {
        await planes.fuse({ shown, opacity: over.opacity, colormap: FUSION_COLORMAP })
      } catch (error) {
        publish({ error })
      }
    },
    readout: () => readout,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    scroll: (steps) => lens?.scroll(steps),
    goTo: (index) => lens?.goTo(index),
    goToPoint: (point) => lens?.goToPoint(point),
    point: () => lens?.point() ?? null,
    setWindow: (window) => lens?.setWindow(window),
    setShades(shades) {
      if (lens?.setShades) lens.setShades(shades)
      else if (shades.kind !== 'curve') lens?.setWindow(shades.window)
    },
    autoWindow() {
      const pixels = lens?.pixels()
      const window = pixels && windowOfPixels(pixels)
      if (window) lens?.setWindow(window)
    },
    zoom(factor) {
      if (!readout.image) return
      viewport<StackViewport>().setZoom(
        Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, viewport<StackViewport>().getZoom() * factor)),
      )
      viewport().render()
    },
    pan(dx, dy) {
      if (!readout.image) return
      const [x, y] = viewport<StackViewport>().getPan()
      viewport<StackViewport>().setPan([x + dx * element.clientWidth, y + dy * element.clientHeight])
      viewport().render()
    },
    turn(degrees) {
      if (!readout.image || lens?.kind === 'body') return
      const { rotation = 0 } = viewport<StackViewport>().getViewPresentation()
      viewport<StackViewport>().setViewPresentation({ rotation: (rotation + degrees + 360) % 360 })
      viewport().render()
    },
    flip(direction) {
      if (!readout.image || lens?.kind === 'body') return
      const { flipHorizontal, flipVertical } = viewport().getCamera()
      viewport().setCamera(
        direction === 'horizontal' ? { flipHorizontal: !flipHorizontal } : { flipVertical: !flipVertical },
      )
      viewport().render()
    },
    invert() {
      if (lens && readout.image) lens.setInverted(!lens.isInverted())
    },
    fit() {
      if (!readout.image) return
      viewport<StackViewport>().resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
      viewport().render()
    },
    isFitted() {
      if (!readout.image || lens?.kind === 'body' || Math.abs(readout.zoom - 1) > 0.005) return false
      return viewport<StackViewport>()
        .getPan()
        .every((shift) => Math.abs(shift) < 1)
    },
    fill() {
      viewport<StackViewport>().setZoom(1)
      viewport<StackViewport>().setPan([0, 0])
      viewport().render()
    },
    reset: () => readout.image && lens?.reset(),
    retry: () => lens?.retry(),
    dispose() {
      if (disposed) return
      disposed = true
      element.removeEventListener(Events.IMAGE_RENDERED, rendered)
      lens?.dispose()
      tools.remove(viewportId, rendering.id)
      if (lens) rendering.disableElement(viewportId)
      listeners.clear()
    },
  }
  return pane
}
