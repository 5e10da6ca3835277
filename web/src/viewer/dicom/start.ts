import { cache, init as initCore } from '@cornerstonejs/core'
import dicomImageLoader from '@cornerstonejs/dicom-image-loader'
import { annotation, init as initTools } from '@cornerstonejs/tools'
import supportsNorm16Linear from '@kitware/vtk.js/Rendering/OpenGL/Texture/supportsNorm16Linear'
import { webgl2Available } from '../support'
import { registerLoader } from './loader'
import { memoryBudget } from './memory'
import { registerTools } from './tools'

/** Decoding is heavy; the page itself needs a core. */
const WORKERS = Math.max(1, Math.min(4, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1))

/** Marks must be read on bone as well as on air. */
function styleMarks(): void {
  const before = annotation.config.style.getDefaultToolStyles()
  annotation.config.style.setDefaultToolStyles({
    ...before,
    global: {
      ...before.global,
      color: 'rgb(255, 214, 74)',
      colorSelected: 'rgb(110, 200, 255)',
      colorHighlighted: 'rgb(110, 200, 255)',
      lineWidth: '1.5',
      textBoxColor: 'rgb(255, 224, 120)',
      textBoxColorSelected: 'rgb(160, 220, 255)',
      textBoxColorHighlighted: 'rgb(160, 220, 255)',
      textBoxBackground: 'rgba(0, 0, 0, 0.6)',
      textBoxFontFamily: 'Inter, sans-serif',
      textBoxFontSize: '12px',
    },
  })
}

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
  styleMarks()
  // Asked at the first image otherwise; the answer is kept.
  supportsNorm16Linear()
}
