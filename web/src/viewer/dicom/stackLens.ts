import { cache, Enums, eventTarget, imageLoader, utilities, type StackViewport, type Types } from '@cornerstonejs/core'
import { drawThriftily } from './drawing'
import { centreOf, nearestImage, normalOf, planeName } from './geometry'
import { firstTurn, locationOf, type Image } from './images'
import { TAG } from './json'
import type { Lens, LensContext, Shown } from './lens'
import { prefetchReach } from './memory'
import { fillWith } from './pixels'
import { createPrefetcher, type Prefetcher } from './prefetch'
import { edgesOf, NO_READOUT } from './readout'
import { isEqual, shade, shadesOfImage, shadesOfWindow, type Shades } from './shades'
import { STACK_VIEW } from './views'
import { rangeOfWindow, windowOfRange } from './windows'

const { Events, RequestType } = Enums
const AT_ONCE = 4

/** The slices as they were made, one at a time. */
export function createStackLens(context: LensContext, find: () => StackViewport): Lens {
  const { element, publish } = context
  let current: Shown | null = null
  let prefetcher: Prefetcher | null = null
  let seen = -1
  /** What a presentation state, or a table of its own, gave the image before. */
  let stated: Shades | null = null
  let disposed = false
  context.enable('stack', STACK_VIEW)

  const image = () => (seen < 0 ? null : (current?.stack.images[seen] ?? null))

  function arrived(event: Event): void {
    const { imageId } = (event as CustomEvent<{ imageId: string }>).detail
    const index = current?.imageIds.indexOf(imageId) ?? -1
    const found = current?.stack.images[index]
    if (!found || !current) return
    seen = index
    state(found)
    publish({
      index,
      count: current.stack.images.length,
      image: found,
      plane: found.plane && planeName(normalOf(found.plane)),
      location: locationOf(found),
      error: null,
      loading: index !== find().getTargetImageIdIndex(),
    })
    prefetcher?.around(current.imageIds.length, index, prefetchReach(current.stack))
  }

  /** Each image may have shades that are stated for it; what somebody chose since stays until others are stated. */
  function state(found: Image): void {
    const wanted = statedFor(found)
    if (!wanted || isEqual(wanted, stated)) return
    stated = wanted
    shade(find(), wanted)
  }

  /** What a presentation state gives an image, else its own: slices share the window of the first, films do not. */
  function statedFor(found: Image): Shades | null {
    const mayHave = found.plane === null || found.dataset[TAG.voiTables] !== undefined
    const own = mayHave && !current?.window ? shadesOfImage(found) : null
    return current?.look?.shadesOf(found) ?? (found.plane === null || own?.kind === 'curve' ? own : null)
  }

  function asked(): void {
    const imageId = current?.imageIds[find().getTargetImageIdIndex()]
    publish({ loading: imageId !== undefined && !cache.isLoaded(imageId) })
  }

  function failed(event: Event): void {
    const { imageId, error } = (event as CustomEvent<{ imageId?: string; error?: unknown }>).detail
    const index = current && imageId ? current.imageIds.indexOf(imageId) : -1
    if (!current || index < 0 || index !== find().getTargetImageIdIndex()) return
    seen = index
    publish({
      error: error ?? new Error('unreadable'),
      loading: false,
      index,
      count: current.imageIds.length,
      image: current.stack.images[index] ?? null,
    })
  }

  element.addEventListener(Events.STACK_NEW_IMAGE, arrived)
  element.addEventListener(Events.PRE_STACK_NEW_IMAGE, asked)
  eventTarget.addEventListener(Events.IMAGE_LOAD_ERROR, failed)
  const drawAsBefore = drawThriftily(element, find)

  /** As the image is stored. */
  function upright(): void {
    find().setCamera({ flipHorizontal: false, flipVertical: false })
    find().setViewPresentation({ rotation: 0 })
  }

  /** Front or head at the top and the patient's right at the left, where the images do not lie so already. */
  function hang(): void {
    const turn = current && (current.look ?? firstTurn(current.stack))
    if (!turn) return
    if (turn.flipHorizontal) find().setCamera({ flipHorizontal: true })
    find().setViewPresentation({ rotation: turn.rotation })
  }

  /** The first window and turn, of the images themselves or of a presentation state. */
  function present(): void {
    const shades = firstShades()
    if (shades) shade(find(), shades)
    if (current?.look) find().setProperties({ invert: current.look.inverse })
    hang()
    const area = current?.look?.area
    if (area) fillWith(find(), ...area)
    find().render()
  }

  /** What a presentation state says, or the window that was asked for, else what the image proposes. */
  function firstShades(): Shades | null {
    const found = current && (image() ?? current.stack.images[current.index])
    if (!found || found.color) return null
    const asked = current?.window && shadesOfWindow(current.window)
    return current?.look?.shadesOf(found) ?? asked ?? shadesOfImage(found)
  }

  const lens: Lens = {
    kind: 'stack',
    async show(shown) {
      const { imageIds, index } = shown
      prefetcher?.stop()
      const before = current
      current = shown
      seen = -1
      stated = null
      prefetcher = createPrefetcher({
        atOnce: AT_ONCE,
        isLoaded: (i) => cache.isLoaded(imageIds[i]!),
        load: (i) =>
          imageLoader.loadAndCacheImage(imageIds[i]!, {
            priority: 0,
            requestType: RequestType.Prefetch,
            additionalDetails: { viewportId: context.viewportId },
          }),
      })
      publish({ ...NO_READOUT, count: imageIds.length, index, loading: true })
      await find().setStack(imageIds, index)
      if (disposed || current !== shown) return
      // what a presentation state had enlarged and inverted goes with it
      if (before?.look) return lens.reset()
      upright()
      present()
    },
    look() {
      const now = image()
      if (!now) return {}
      const { voiRange, invert = false } = find().getProperties()
      return {
        window: voiRange && !now.color ? windowOfRange(voiRange.lower, voiRange.upper) : null,
        invert,
        zoom: find().getZoom(),
        edges: now.plane ? edgesOf(find()) : null,
      }
    },
    scroll(steps) {
      if (current) utilities.scroll(find(), { delta: steps, debounceLoading: true })
    },
    goTo(index) {
      if (!current) return
      const bounded = Math.max(0, Math.min(current.imageIds.length - 1, index))
      // A picture that does not come says so itself.
      void utilities.jumpToSlice(element, { imageIndex: bounded, debounceLoading: true }).catch(() => undefined)
    },
    goToPoint(point) {
      const planes = current?.stack.images.map(({ plane }) => plane) ?? []
      const index = nearestImage(planes, point)
      if (index !== null && index !== find().getTargetImageIdIndex()) lens.goTo(index)
    },
    point() {
      const now = image()
      return now?.plane ? centreOf(now.plane, now.rows, now.columns) : null
    },
    window: () => lens.look().window ?? null,
    setWindow(window) {
      if (!current || image()?.color) return
      find().setProperties({ voiRange: rangeOfWindow(window) })
      find().render()
    },
    setShades(shades) {
      if (!current || image()?.color) return
      shade(find(), shades)
      find().render()
    },
    pixels() {
      const shown = find().getCornerstoneImage() as Types.IImage | undefined
      return shown && !shown.color ? middleOf(find(), shown) : null
    },
    isInverted: () => find().getProperties().invert ?? false,
    setInverted(invert) {
      find().setProperties({ invert })
      find().render()
    },
    reset() {
      if (!current) return
      const viewport = find()
      viewport.resetProperties()
      viewport.resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true })
      upright()
      present()
    },
    retry() {
      if (!current) return
      const index = Math.max(0, seen)
      const imageId = current.imageIds[index]
      if (imageId && cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId)
      publish({ error: null })
      void lens.show({ ...current, index }).catch(() => undefined)
    },
    dispose() {
      disposed = true
      prefetcher?.stop()
      drawAsBefore()
      element.removeEventListener(Events.STACK_NEW_IMAGE, arrived)
      element.removeEventListener(Events.PRE_STACK_NEW_IMAGE, asked)
      eventTarget.removeEventListener(Events.IMAGE_LOAD_ERROR, failed)
    },
  }
  return lens
}

/** The pixels of what is seen in the middle half of the pane: borders and the air around the body do not count. */
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
