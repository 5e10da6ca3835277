import { cache, init as initCore } from '@cornerstonejs/core'
import dicomImageLoader from '@cornerstonejs/dicom-image-loader'
import { init as initTools } from '@cornerstonejs/tools'
import { webgl2Available } from '../support'
import { registerLoader } from './loader'
import { memoryBudget } from './memory'
import { registerTools } from './tools'

/** Decoding is heavy; the page itself needs a core. */
const WORKERS = Math.max(1, Math.min(4, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1))

let started = false

/** Prepares Cornerstone once for the life of the page. Without WebGL 2 stacks are drawn by the processor. */
export function startCornerstone(): void {
  if (started) return
  started = true
  initCore({
    rendering: { useCPURendering: !webgl2Available(), webGlContextCount: 4 },
    debug: {},
  })
  cache.setMaxCacheSize(memoryBudget().images)
  dicomImageLoader.init({ maxWebWorkers: WORKERS })
  registerLoader()
  initTools()
  registerTools()
}
