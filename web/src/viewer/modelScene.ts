import { meshBounds, union } from './bounds'
import { type CameraState, orbit, pan, rayThrough, roll, standardView, zoom } from './camera'
import { bindPointers } from './controls'
import type { KeyAction } from './keys'
import { drawOverlay } from './overlay'
import { raycast } from './raycast'
import { AXIS_INDEX, keptBy } from './section'
import { createStage, type Stage } from './stage'
import { WebGLUnavailableError, webgl2Available } from './support'
import type { Bounds, Face, Look, Measurement, Mesh, Pick, Section, SectionAxis, Vec3 } from './types'
import { add, scale } from './vec3'

export interface ModelSceneOptions {
  /** `#RRGGBB` */
  background: string
  onMeasure?: (measurements: readonly Measurement[]) => void
  /** The graphics card took the context away, or gave it back. */
  onContext?: (state: 'lost' | 'restored') => void
}

/** A 3D scene of meshes in patient coordinates. It draws when something changed, never in between. */
export interface ModelScene {
  addPart(id: string, mesh: Mesh, look: Look): void
  setPart(id: string, look: Partial<Look>): void
  removePart(id: string): void
  /** The first view: the whole scene from the front. */
  resetView(): void
  setView(face: Face): void
  setSection(section: Section | null): void
  /** The least and greatest coordinate of the scene along an axis, in mm. */
  sectionRange(axis: SectionAxis): [number, number] | null
  setBackground(color: string): void
  /** While on, a click sets an end of a measurement. */
  setMeasuring(on: boolean): void
  clearMeasurements(): void
  /** What lies under a point, in CSS pixels from the upper left corner. */
  pick(x: number, y: number): Pick | null
  act(action: KeyAction): void
  screenshot(): Promise<Blob>
  resize(): void
  dispose(): void
}

interface Part {
  mesh: Mesh
  look: Look
  bounds: Bounds | null
}

/** The faintest part that a click still meets; fainter ones are looked through. */
const PICKABLE_OPACITY = 0.35

/** @throws WebGLUnavailableError where WebGL 2 is missing. */
export function createModelScene(container: HTMLElement, options: ModelSceneOptions): ModelScene {
  if (!webgl2Available()) throw new WebGLUnavailableError('WebGL 2 is not available')

  const parts = new Map<string, Part>()
  let background = options.background
  let section: Section | null = null
  let camera: CameraState = { position: [0, -1000, 0], focalPoint: [0, 0, 0], viewUp: [0, 0, 1] }
  let steered = false // once the person has moved the camera, a part that arrives does not move it back
  let measuring = false
  let measurements: Measurement[] = []
  let pending: Vec3 | null = null
  let frame = 0
  let size = { width: 1, height: 1 }

  const overlay = document.createElement('canvas')
  Object.assign(overlay.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' })
  overlay.setAttribute('aria-hidden', 'true')

  const aspect = () => size.width / size.height
  const sceneBounds = () =>
    union([...parts.values()].flatMap(({ bounds, look }) => (bounds && look.visible ? [bounds] : [])))
  const schedule = () => {
    frame ||= requestAnimationFrame(draw)
  }

  function draw() {
    frame = 0
    stage.draw(camera)
    const ctx = overlay.getContext('2d')
    if (!ctx) return
    const ratio = overlay.width / size.width
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
    ctx.clearRect(0, 0, size.width, size.height)
    drawOverlay(ctx, { camera, ...size, measurements, pending })
  }

  function buildStage(): Stage {
    const built = createStage(container)
    built.background(background)
    for (const [id, { mesh, look }] of parts) built.add(id, mesh, look)
    built.section(section)
    built.resize(size.width, size.height)
    built.canvas.addEventListener('webglcontextlost', recreate, { once: true })
    container.append(overlay)
    return built
  }

  function recreate() {
    options.onContext?.('lost')
    stage.canvas.removeEventListener('webglcontextlost', recreate)
    stage.dispose()
    stage = buildStage()
    schedule()
    options.onContext?.('restored')
  }

  function resize() {
    const width = Math.max(1, container.clientWidth)
    const height = Math.max(1, container.clientHeight)
    size = { width, height }
    stage.resize(width, height)
    overlay.width = stage.canvas.width
    overlay.height = stage.canvas.height
    if (!steered) home()
    schedule()
  }

  function look(face: Face) {
    const bounds = sceneBounds()
    if (bounds) camera = standardView(bounds, face, aspect())
    schedule()
  }
  const home = () => look('A')

  function steer(next: CameraState) {
    camera = next
    steered = true
    schedule()
  }

  function pick(x: number, y: number): Pick | null {
    const ray = rayThrough(camera, (x / size.width) * 2 - 1, 1 - (y / size.height) * 2, aspect())
    const keeps = section && keptBy(section)
    let best: { partId: string; away: number } | null = null
    for (const [
      partId,
      {
        mesh,
        look: { visible, opacity },
      },
    ] of parts) {
      if (!visible || opacity < PICKABLE_OPACITY) continue
      const away = raycast(mesh, ray, keeps)
      if (away !== null && (!best || away < best.away)) best = { partId, away }
    }
    return best && { partId: best.partId, point: add(ray.origin, scale(ray.direction, best.away)) }
  }

  function click(x: number, y: number) {
    const hit = measuring ? pick(x, y) : null
    if (!hit) return
    if (pending) {
      measurements = [...measurements, { from: pending, to: hit.point }]
      pending = null
      options.onMeasure?.(measurements)
    } else pending = hit.point
    schedule()
  }

  let stage = buildStage()
  const unbind = bindPointers(container, {
    orbit: (horizontal, vertical) => steer(orbit(camera, horizontal, vertical)),
    pan: (dx, dy) => steer(pan(camera, dx, dy)),
    zoom: (factor) => steer(zoom(camera, factor)),
    roll: (angle) => steer(roll(camera, angle)),
    click,
  })
  const observer = new ResizeObserver(resize)
  observer.observe(container)
  resize()

  const scene: ModelScene = {
    addPart(id, mesh, partLook) {
      parts.set(id, { mesh, look: partLook, bounds: meshBounds(mesh) })
      stage.add(id, mesh, partLook)
      if (!steered) home()
      schedule()
    },
    setPart(id, change) {
      const part = parts.get(id)
      if (!part) return
      part.look = { ...part.look, ...change }
      stage.look(id, part.look)
      schedule()
    },
    removePart(id) {
      if (parts.delete(id)) stage.remove(id)
      schedule()
    },
    resetView() {
      steered = false
      home()
    },
    setView(face) {
      steered = true
      look(face)
    },
    setSection(next) {
      section = next
      stage.section(next)
      schedule()
    },
    sectionRange(axis) {
      const all = union([...parts.values()].flatMap(({ bounds }) => bounds ?? []))
      return all && [all.min[AXIS_INDEX[axis]], all.max[AXIS_INDEX[axis]]]
    },
    setBackground(color) {
      background = color
      stage.background(color)
      schedule()
    },
    setMeasuring(on) {
      measuring = on
      pending = null
      container.style.cursor = on ? 'crosshair' : ''
      schedule()
    },
    clearMeasurements() {
      measurements = []
      pending = null
      options.onMeasure?.(measurements)
      schedule()
    },
    pick,
    act(action) {
      if (action.kind === 'view') scene.setView(action.face)
      else if (action.kind === 'reset') scene.resetView()
      else if (action.kind === 'orbit') steer(orbit(camera, action.horizontal, action.vertical))
      else if (action.kind === 'pan') steer(pan(camera, action.dx, action.dy))
      else steer(zoom(camera, action.factor))
    },
    screenshot() {
      draw() // the drawing buffer is only readable in the turn it was drawn in
      const picture = document.createElement('canvas')
      picture.width = stage.canvas.width
      picture.height = stage.canvas.height
      const ctx = picture.getContext('2d')
      ctx?.drawImage(stage.canvas, 0, 0)
      ctx?.drawImage(overlay, 0, 0)
      return new Promise((resolve, reject) => {
        picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be made'))))
      })
    },
    resize,
    dispose() {
      cancelAnimationFrame(frame)
      observer.disconnect()
      unbind()
      stage.canvas.removeEventListener('webglcontextlost', recreate)
      stage.dispose()
      overlay.remove()
      parts.clear()
    },
  }
  return scene
}
