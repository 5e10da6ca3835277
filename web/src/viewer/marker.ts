import vtkAnnotatedCubeActor from '@kitware/vtk.js/Rendering/Core/AnnotatedCubeActor'
import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer'
import type vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow'

import { basis, type CameraState } from './camera'
import { scale } from './vec3'

const SIDE = 96 // CSS pixels
const AWAY = 3.5

export interface OrientationMarker {
  follow(camera: CameraState): void
  /** Keep the cube square and of one size, in the lower right corner. */
  resize(width: number, height: number): void
  delete(): void
}

/** A cube in the corner whose faces carry the letters of the patient's sides. */
export function createOrientationMarker(renderWindow: vtkRenderWindow): OrientationMarker {
  const cube = vtkAnnotatedCubeActor.newInstance()
  cube.setDefaultStyle({
    fontStyle: 'bold',
    // The actor puts quotes around the name; closing them here lets a generic family follow.
    fontFamily: 'Inter", sans-serif, "Arial',
    fontColor: '#F1F5F9',
    faceColor: '#334155',
    edgeColor: '#94A3B8',
    edgeThickness: 0.06,
    resolution: 256,
    fontSizeScale: (resolution: number) => resolution / 1.6,
  })
  cube.setXPlusFaceProperty({ text: 'L', faceRotation: 90 })
  cube.setXMinusFaceProperty({ text: 'R', faceRotation: -90 })
  cube.setYPlusFaceProperty({ text: 'P', faceRotation: 180 })
  cube.setYMinusFaceProperty({ text: 'A' })
  cube.setZPlusFaceProperty({ text: 'S', faceRotation: 180 })
  cube.setZMinusFaceProperty({ text: 'I' })
  cube.getProperty().setLighting(false)

  const renderer = vtkRenderer.newInstance({ interactive: false })
  renderer.setLayer(1)
  renderer.addActor(cube)
  renderWindow.setNumberOfLayers(2)
  renderWindow.addRenderer(renderer)

  return {
    follow(camera) {
      const { back, up } = basis(camera)
      const own = renderer.getActiveCamera()
      own.setFocalPoint(0, 0, 0)
      own.setPosition(...scale(back, AWAY))
      own.setViewUp(...up)
      own.setClippingRange(1, 2 * AWAY)
    },
    resize(width, height) {
      const side = Math.min(SIDE, width / 4, height / 4)
      renderer.setViewport(1 - side / width, 0, 1, side / height)
    },
    delete() {
      renderWindow.removeRenderer(renderer)
      renderer.delete()
      cube.delete()
    },
  }
}
