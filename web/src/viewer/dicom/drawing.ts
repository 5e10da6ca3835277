import { Enums, getRenderingCapabilities, type StackViewport } from '@cornerstonejs/core'
import { pixelPlacer, type Pixel } from './pixels'

const { Events } = Enums
const CHANGES = [Events.STACK_NEW_IMAGE, Events.VOI_MODIFIED, Events.CAMERA_MODIFIED]
const REST_MS = 250
/** With fewer pixels than that, what is rounded off a picture's sides would be seen to move when it rests. */
const LEAST = 0.5

interface Size {
  width: number
  height: number
}

const distance = (a: Pixel, b: Pixel) => Math.hypot(b[0] - a[0], b[1] - a[1])

/** How small a picture may be drawn, 1 being as large as it is shown, so that every pixel of its image is still in it. */
export function enoughOf(place: (pixel: Pixel) => Pixel, ratio: number): number {
  const origin = place([0, 0])
  const smallest = Math.min(distance(origin, place([1, 0])), distance(origin, place([0, 1]))) * ratio
  return Math.max(LEAST, Math.min(1, 1 / smallest))
}

/**
 * Makes what draws images. vtk.js takes the browser's default of four samples a pixel, which smooths the edges of
 * surfaces: images have none, and a processor would draw them four times over.
 */
export function withoutSmoothedEdges<T>(make: () => T): T {
  if (!getRenderingCapabilities().softwareRasterizer) return make()
  const canvas = HTMLCanvasElement.prototype
  // called on its canvas again below
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { getContext } = canvas
  canvas.getContext = function (this: HTMLCanvasElement, kind: string, options?: object) {
    return Reflect.apply(getContext, this, [kind, { ...options, antialias: false }])
  } as typeof getContext
  try {
    return make()
  } finally {
    canvas.getContext = getContext
  }
}

/**
 * Where a processor draws in place of a graphics card, a picture costs what its pixels cost. While pictures change, they
 * are drawn with as many as their image has, and the browser enlarges them; once they rest, with as many as are shown.
 */
export function drawThriftily(element: HTMLDivElement, find: () => StackViewport): () => void {
  if (!getRenderingCapabilities().softwareRasterizer) return () => undefined
  let resting: number | undefined

  const shown = (): Size => {
    const { clientWidth, clientHeight } = find().canvas
    const ratio = window.devicePixelRatio || 1
    return { width: Math.round(clientWidth * ratio), height: Math.round(clientHeight * ratio) }
  }

  /** What is drawn; where things lie on the canvas is still counted in pixels that are shown. */
  function draw(share: number): void {
    const { width, height } = shown()
    const viewport = find()
    Object.assign(viewport, {
      getRenderedCanvasSize: shown,
      sWidth: Math.round(width * share),
      sHeight: Math.round(height * share),
    })
    viewport.canvas.style.imageRendering = 'auto'
  }

  function changed(): void {
    const place = pixelPlacer(find())
    if (!place) return
    draw(enoughOf(place, window.devicePixelRatio || 1))
    window.clearTimeout(resting)
    resting = window.setTimeout(rest, REST_MS)
  }

  function rest(): void {
    draw(1)
    find().render()
  }

  for (const change of CHANGES) element.addEventListener(change, changed)
  return () => {
    window.clearTimeout(resting)
    for (const change of CHANGES) element.removeEventListener(change, changed)
  }
}
