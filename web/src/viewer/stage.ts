import '@kitware/vtk.js/Rendering/OpenGL/Profiles/Geometry'

import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer'
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow'
import vtkOpenGLRenderWindow from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow'

import { type CameraState, VIEW_ANGLE } from './camera'
import { parseColor } from './color'
import { addLights } from './lights'
import { createOrientationMarker } from './marker'
import { createPartActors, type PartActors } from './part'
import type { Look, Mesh, Section } from './types'

const MAX_PIXEL_RATIO = 2

/** Everything that lives on the graphics card; thrown away and built anew when the context is lost. */
export interface Stage {
  canvas: HTMLCanvasElement
  add(id: string, mesh: Mesh, look: Look): void
  look(id: string, look: Look): void
  remove(id: string): void
  section(section: Section | null): void
  background(color: string): void
  resize(width: number, height: number): void
  draw(camera: CameraState): void
  dispose(): void
}

export function createStage(container: HTMLElement): Stage {
  const renderWindow = vtkRenderWindow.newInstance()
  const renderer = vtkRenderer.newInstance()
  renderWindow.addRenderer(renderer)
  const moveLights = addLights(renderer)
  const marker = createOrientationMarker(renderWindow)

  const view = vtkOpenGLRenderWindow.newInstance()
  renderWindow.addView(view)
  view.setContainer(container)
  const canvas = view.getCanvas()!
  Object.assign(canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' })
  canvas.setAttribute('aria-hidden', 'true')

  const parts = new Map<string, PartActors>()
  let cut: Section | null = null
  renderer.getActiveCamera().setViewAngle(VIEW_ANGLE)

  const remove = (id: string) => {
    const part = parts.get(id)
    if (!part) return
    renderer.removeActor(part.surface)
    renderer.removeActor(part.cut)
    part.delete()
    parts.delete(id)
  }

  return {
    canvas,
    add(id, mesh, look) {
      remove(id)
      const part = createPartActors(mesh)
      part.setLook(look)
      part.setSection(cut)
      parts.set(id, part)
      renderer.addActor(part.surface)
      renderer.addActor(part.cut)
    },
    look(id, look) {
      parts.get(id)?.setLook(look)
    },
    remove,
    section(section) {
      cut = section
      for (const part of parts.values()) part.setSection(section)
    },
    background(color) {
      renderer.setBackground(...parseColor(color))
    },
    resize(width, height) {
      const ratio = Math.min(window.devicePixelRatio || 1, MAX_PIXEL_RATIO)
      view.setSize(Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio)))
      marker.resize(width, height)
    },
    draw(state) {
      const camera = renderer.getActiveCamera()
      camera.setPosition(...state.position)
      camera.setFocalPoint(...state.focalPoint)
      camera.setViewUp(...state.viewUp)
      renderer.resetCameraClippingRange()
      moveLights(state)
      marker.follow(state)
      renderWindow.render()
    },
    dispose() {
      for (const id of [...parts.keys()]) remove(id)
      marker.delete()
      // Browsers keep few contexts alive: give this one back now, not when memory is next swept.
      canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
      view.setContainer(null)
      renderWindow.removeView(view)
      view.delete()
      renderer.delete()
      renderWindow.delete()
    },
  }
}
