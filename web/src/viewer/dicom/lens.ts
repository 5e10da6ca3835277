import type { Vec3 } from '../types'
import type { Stack } from './images'
import type { Look } from './presentation'
import type { PaneKind } from './tools'
import type { Readout } from './readout'
import type { Shades } from './shades'
import type { View } from './views'
import type { Window } from './windows'

/** What a lens is made with: the place it draws in, and the way it tells its pane of news. */
export interface LensContext {
  viewportId: string
  element: HTMLDivElement
  /** Makes the viewport anew for this kind. */
  enable: (kind: PaneKind, view: View) => void
  publish: (change: Partial<Readout>) => void
}

export interface Shown {
  stack: Stack
  imageIds: string[]
  index: number
  window: Window | null
  /** How a presentation state wants it to be seen. */
  look?: Look | null
}

/** One way of looking at a stack: through its own slices, through planes of its volume, or at the body as a whole. */
export interface Lens {
  readonly kind: PaneKind
  show(shown: Shown): Promise<void>
  /** What the corners say, read off the viewport after it has drawn. */
  look(): Partial<Readout>
  scroll(steps: number): void
  goTo(index: number): void
  goToPoint(point: Vec3): void
  point(): Vec3 | null
  window(): Window | null
  setWindow(window: Window): void
  /** What more than a window is, where this way of looking has it. */
  setShades?(shades: Shades): void
  /** The grey values in the middle of what is seen; null where there are none. */
  pixels(): Float32Array | null
  isInverted(): boolean
  setInverted(on: boolean): void
  /** As it was when it was opened. */
  reset(): void
  retry(): void
  dispose(): void
}
