import { utilities, type StackViewport, type Types } from '@cornerstonejs/core'

export type Pixel = readonly [number, number]

/** From columns and rows of the shown image, the corner of its first pixel being 0, 0, to the canvas; null without one. */
export function pixelPlacer(viewport: StackViewport): ((pixel: Pixel) => Pixel) | null {
  const data = viewport.getImageData()
  if (!data) return null
  // Cornerstone counts from the centre of the first pixel.
  return ([column, row]) => {
    const world = utilities.transformIndexToWorld(data.imageData, [column - 0.5, row - 0.5, 0]) as Types.Point3
    return viewport.worldToCanvas(world)
  }
}

/** The rectangle on the canvas between two pixels' corners, however the image is turned. */
export function boxOf(a: Pixel, b: Pixel) {
  const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])]
  return { left, top, width: Math.abs(b[0] - a[0]), height: Math.abs(b[1] - a[1]) }
}

/** Enlarges and moves the picture until a part of the image fills the canvas. */
export function fillWith(viewport: StackViewport, from: Pixel, to: Pixel): void {
  const { clientWidth, clientHeight } = viewport.canvas
  const box = () => {
    const place = pixelPlacer(viewport)
    return place && boxOf(place(from), place(to))
  }
  const before = box()
  if (!before || before.width === 0 || before.height === 0) return
  viewport.setZoom(viewport.getZoom() * Math.min(clientWidth / before.width, clientHeight / before.height))
  const after = box()!
  const [x, y] = viewport.getPan()
  const right = (clientWidth - after.width) / 2 - after.left
  const down = (clientHeight - after.height) / 2 - after.top
  viewport.setPan([x + right, y + down])
}
