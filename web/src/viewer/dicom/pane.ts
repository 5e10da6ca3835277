import {
  cache,
  Enums,
  eventTarget,
  imageLoader,
  utilities,
  type RenderingEngine,
  type StackViewport,
  type Types,
} from '@cornerstonejs/core'
import type { Vec3 } from '../types'
import { centreOf, nearestImage, normalOf, planeName } from './geometry'
import { firstTurn, locationOf, type Stack } from './images'
import { imageIdOf, register } from './loader'
import { prefetchReach } from './memory'
import { createPrefetcher, type Prefetcher } from './prefetch'
import { edgesOf, NO_READOUT, type Readout } from './readout'
import type { Toolset } from './tools'
import { rangeOfWindow, windowOfPixels, windowOfRange, type Window } from './windows'

const { Events, ViewportType, RequestType } = Enums
const AT_ONCE = 4

export interface PaneOptions {
  id: string
  element: HTMLDivElement
  rendering: RenderingEngine
  tools: Toolset
  siblings: () => Pane[]
}

export interface Pane {
  readonly id: string
  readonly element: HTMLDivElement
  readonly viewportId: string
  stack(): Stack | null
  /** Shows a stack; the picture at `index` first, the middle if nothing is said. */
  show(studyUid: string, stack: Stack, index?: number, window?: Window | null): Promise<void>
  readout(): Readout
  onChange(listener: (readout: Readout) => void): () => void
  scroll(steps: number): void
  goTo(index: number): void
  /** Shows the slice nearest to a point of the patient. */
  goToPoint(point: Vec3): void
  /** The middle of the shown slice in the patient. */
  point(): Vec3 | null
  setWindow(window: Window): void
  /** A window made for what is in the middle of the picture. */
  autoWindow(): void
  zoom(factor: number): void
  pan(dx: number, dy: number): void
  turn(degrees: number): void
  flip(direction: 'horizontal' | 'vertical'): void
  invert(): void
  fit(): void
  reset(): void
  retry(): void
  dispose(): void
}

/** One picture on the page: a viewport of Cornerstone with what a reader does to it. */
export function createPane({ id, element, rendering, tools }: PaneOptions): Pane {
  const viewportId = `${rendering.id}-${id}`
  const listeners = new Set<(readout: Readout) => void>()
  let readout: Readout = NO_READOUT
  let current: { stack: Stack; imageIds: string[] } | null = null
  let prefetcher: Prefetcher | null = null
  let initialWindow: Window | null = null
  let disposed = false

  rendering.enableElement({
    viewportId,
    element,
    type: ViewportType.STACK,
    defaultOptions: { background: [0, 0, 0] },
  })
  tools.add(viewportId, rendering.id, 'stack')
  const viewport = () => rendering.getViewport<StackViewport>(viewportId)

  function publish(change: Partial<Readout>): void {
    readout = { ...readout, ...change }
    for (const listener of listeners) listener(readout)
  }

  /** Reads the corners' texts off the viewport after it has drawn. */
  function look(): void {
    if (!current || readout.image === null) return
    const shown = viewport()
    const range = shown.getProperties().voiRange
    publish({
      window: range && !readout.image.color ? windowOfRange(range.lower, range.upper) : null,
      invert: shown.getProperties().invert ?? false,
      zoom: shown.getZoom(),
      edges: readout.image.plane ? edgesOf(shown) : null,
    })
  }

  function arrived(event: Event): void {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail
    const index = current?.imageIds.indexOf(imageId) ?? -1
    const image = current?.stack.images[index]
    if (!image || !current) return
    publish({
      index,
      count: current.stack.images.length,
      image,
      plane: image.plane && planeName(normalOf(image.plane)),
      location: locationOf(image),
      error: null,
      loading: index !== viewport().getTargetImageIdIndex(),
    })
    prefetcher?.around(current.imageIds.length, index, prefetchReach(current.stack))
  }

  function asked(): void {
    const target = viewport().getTargetImageIdIndex()
    const imageId = current?.imageIds[target]
    publish({ loading: imageId !== undefined && !cache.isLoaded(imageId) })
  }

  function failed(event: Event): void {
    const detail = (event as CustomEvent<{ imageId?: string; error?: unknown }>).detail
    if (!current || !detail.imageId) return
    const index = current.imageIds.indexOf(detail.imageId)
    if (index < 0 || index !== viewport().getTargetImageIdIndex()) return
    publish({
      error: detail.error ?? new Error('unreadable'),
      loading: false,
      index,
      count: current.imageIds.length,
      image: current.stack.images[index] ?? null,
    })
  }

  element.addEventListener(Events.STACK_NEW_IMAGE, arrived)
  element.addEventListener(Events.PRE_STACK_NEW_IMAGE, asked)
  element.addEventListener(Events.IMAGE_RENDERED, look)
  eventTarget.addEventListener(Events.IMAGE_LOAD_ERROR, failed)

  /** Draws after a change; the corners follow the drawing. */
  const draw = () => viewport().render()

  /** Front or head at the top and the patient's right at the left, where the images do not lie so already. */
  function hang(): void {
    const turn = current && firstTurn(current.stack)
    if (!turn) return
    if (turn.flipHorizontal) viewport().setCamera({ flipHorizontal: true })
    viewport().setViewPresentation({ rotation: turn.rotation })
  }

  const pane: Pane = {
    id,
    element,
    viewportId,
    stack: () => current?.stack ?? null,
    async show(studyUid, stack, index = Math.floor(stack.images.length / 2), window = null) {
      const imageIds = stack.images.map((image) => imageIdOf(studyUid, stack.seriesUid, image))
      imageIds.forEach((imageId, i) => register(imageId, stack.images[i]!))
      prefetcher?.stop()
      current = { stack, imageIds }
      prefetcher = createPrefetcher({
        atOnce: AT_ONCE,
        isLoaded: (i) => cache.isLoaded(imageIds[i]!),
        load: (i) =>
          imageLoader.loadAndCacheImage(imageIds[i]!, {
            priority: 0,
            requestType: RequestType.Prefetch,
            additionalDetails: { viewportId },
          }),
      })
      initialWindow = window
      publish({ ...NO_READOUT, count: imageIds.length, index, loading: true })
      const asking = current
      await viewport().setStack(imageIds, index)
      if (disposed || current !== asking) return
      const chosen = window ?? stack.images[index]?.window
      if (chosen && !stack.images[index]?.color) viewport().setProperties({ voiRange: rangeOfWindow(chosen) })
      hang()
      draw()
    },
    readout: () => readout,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    scroll(steps) {
      if (current) utilities.scroll(viewport(), { delta: steps, debounceLoading: true })
    },
    goTo(index) {
      if (!current) return
      const bounded = Math.max(0, Math.min(current.imageIds.length - 1, index))
      void utilities.jumpToSlice(element, { imageIndex: bounded, debounceLoading: true }).catch(() => undefined)
    },
    goToPoint(point) {
      if (!current) return
      const index = nearestImage(
        current.stack.images.map((image) => image.plane),
        point,
      )
      if (index !== null && index !== viewport().getTargetImageIdIndex()) pane.goTo(index)
    },
    point() {
      const { image } = readout
      return image?.plane ? centreOf(image.plane, image.rows, image.columns) : null
    },
    setWindow(window) {
      if (!current || readout.image?.color) return
      viewport().setProperties({ voiRange: rangeOfWindow(window) })
      draw()
    },
    autoWindow() {
      const image = viewport().getCornerstoneImage() as Types.IImage | undefined
      if (!image || image.color) return
      const window = windowOfPixels(middleOf(viewport(), image))
      if (window) pane.setWindow(window)
    },
    zoom(factor) {
      if (!current) return
      viewport().setZoom(Math.max(0.1, Math.min(40, viewport().getZoom() * factor)))
      draw()
    },
    pan(dx, dy) {
      if (!current) return
      const [x, y] = viewport().getPan()
      viewport().setPan([x + dx * element.clientWidth, y + dy * element.clientHeight])
      draw()
    },
    turn(degrees) {
      if (!current) return
      const { rotation = 0 } = viewport().getViewPresentation()
      viewport().setViewPresentation({ rotation: (rotation + degrees + 360) % 360 })
      draw()
    },
    flip(direction) {
      if (!current) return
      const { flipHorizontal, flipVertical } = viewport().getCamera()
      viewport().setCamera(
        direction === 'horizontal' ? { flipHorizontal: !flipHorizontal } : { flipVertical: !flipVertical },
      )
      draw()
    },
    invert() {
      if (!current) return
      viewport().setProperties({ invert: !viewport().getProperties().invert })
      draw()
    },
    fit() {
      if (!current) return
      viewport().resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
      draw()
    },
    reset() {
      if (!current) return
      const shown = viewport()
      shown.resetProperties()
      shown.setCamera({ flipHorizontal: false, flipVertical: false })
      shown.setViewPresentation({ rotation: 0 })
      hang()
      shown.resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
      const window = initialWindow ?? readout.image?.window
      if (window && !readout.image?.color) shown.setProperties({ voiRange: rangeOfWindow(window) })
      draw()
    },
    retry() {
      if (!current) return
      const imageId = current.imageIds[readout.index]
      if (imageId && cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId)
      publish({ error: null, loading: true })
      void viewport()
        .setStack(current.imageIds, readout.index)
        .catch(() => undefined)
    },
    dispose() {
      if (disposed) return
      disposed = true
      prefetcher?.stop()
      element.removeEventListener(Events.STACK_NEW_IMAGE, arrived)
      element.removeEventListener(Events.PRE_STACK_NEW_IMAGE, asked)
      element.removeEventListener(Events.IMAGE_RENDERED, look)
      eventTarget.removeEventListener(Events.IMAGE_LOAD_ERROR, failed)
      tools.remove(viewportId, rendering.id)
      rendering.disableElement(viewportId)
      listeners.clear()
    },
  }
  return pane
}

/** The pixels of what is seen in the middle half of the pane: borders and air around the body do not count. */
function middleOf(viewport: StackViewport, image: Types.IImage): Float32Array {
  const pixels = image.getPixelData()
  const data = viewport.getImageData()
  if (!data) return Float32Array.from(pixels)
  const { clientWidth: width, clientHeight: height } = viewport.canvas
  const corners = [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.25, 0.75],
    [0.75, 0.75],
  ].map(([x, y]) => {
    const world = viewport.canvasToWorld([x! * width, y! * height])
    return utilities.transformWorldToIndex(data.imageData, world) as Types.Point3
  })
  const bound = (axis: 0 | 1, size: number) => {
    const found = corners.map((corner) => Math.round(corner[axis]))
    return [Math.max(0, Math.min(...found)), Math.min(size, Math.max(...found) + 1)] as const
  }
  const [left, right] = bound(0, image.columns)
  const [top, bottom] = bound(1, image.rows)
  const found: number[] = []
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) found.push(pixels[row * image.columns + column]!)
  }
  return Float32Array.from(found)
}
