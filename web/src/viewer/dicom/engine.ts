import { cache, RenderingEngine, type Types } from '@cornerstonejs/core'
import { withoutSmoothedEdges } from './drawing'
import type { Image } from './images'
import { forgetAll, register } from './loader'
import { createLayers, type Layers } from './layers'
import { createMarks, redrawMarks, type Marks } from './marks'
import { createPane, type Pane } from './pane'
import { startCornerstone } from './start'
import { createToolset, type AskText, type Tool, type Toolset } from './tools'

export interface EngineOptions {
  studyUid: string
  askText: AskText
}

/** All panes of an open study. Nothing in it knows the page around it. */
export interface Engine {
  attach(id: string, element: HTMLDivElement): Pane
  choose(tool: Tool): void
  /** Makes images known that no pane shows yet, so that marks on them have a place. */
  registerImages(images: { imageId: string; image: Image }[]): void
  panes(): Pane[]
  readonly marks: Marks
  readonly layers: Layers
  resize(): void
  dispose(): void
}

let count = 0
let prepared: RenderingEngine | null = null

/** Asks the graphics card for what the next engine needs, which can take longer than fetching the images. */
export function prepareEngine(): void {
  startCornerstone()
  count += 1
  prepared ??= withoutSmoothedEdges(() => new RenderingEngine(`reading-${count}`))
}

function takePrepared(): RenderingEngine {
  prepareEngine()
  const taken = prepared!
  prepared = null
  return taken
}

export function createEngine({ askText }: EngineOptions): Engine {
  const rendering = takePrepared()
  const tools: Toolset = createToolset(askText)
  const panes = new Map<string, Pane>()
  const layers = createLayers()
  const marks = createMarks(() => redrawMarks([...panes.values()].map(({ viewportId }) => viewportId)))

  return {
    attach(id, element) {
      panes.get(id)?.dispose()
      const pane = createPane({ id, element, rendering, tools })
      panes.set(id, pane)
      const uncover = layers.cover(element, () => rendering.getViewport<Types.IViewport | undefined>(pane.viewportId))
      return {
        ...pane,
        dispose() {
          if (panes.get(id) === pane) panes.delete(id)
          uncover()
          pane.dispose()
        },
      }
    },
    marks,
    layers,
    registerImages(images) {
      for (const { imageId, image } of images) register(imageId, image)
    },
    choose: (tool) => tools.choose(tool),
    panes: () => [...panes.values()],
    resize() {
      if (panes.size === 0) return
      const fitted = [...panes.values()].filter((pane) => pane.isFitted())
      rendering.resize(true, true)
      // What filled its pane fills it still; what somebody had enlarged stays as large as it was.
      for (const pane of fitted) pane.fill()
    },
    dispose() {
      for (const pane of [...panes.values()]) pane.dispose()
      marks.dispose()
      tools.dispose()
      rendering.destroy()
      cache.purgeCache()
      forgetAll()
    },
  }
}
