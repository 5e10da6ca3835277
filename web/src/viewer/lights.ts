import vtkLight from '@kitware/vtk.js/Rendering/Core/Light'
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer'

import { basis, type CameraState } from './camera'
import type { Vec3 } from './types'
import { add, scale } from './vec3'

/** Key from the upper left, fill from the right, a weak rim from behind: relief without black shadows. */
const LAMPS: { right: number; up: number; back: number; intensity: number }[] = [
  { right: -0.35, up: 0.55, back: 1, intensity: 0.82 },
  { right: 0.9, up: -0.2, back: 0.55, intensity: 0.26 },
  { right: 0, up: 0.5, back: -1, intensity: 0.12 },
]

/** Lights that stay with the viewer: returns the function that moves them to where the camera is. */
export function addLights(renderer: vtkRenderer): (camera: CameraState) => void {
  renderer.setAutomaticLightCreation(false)
  renderer.removeAllLights()
  const lights = LAMPS.map(({ intensity }) => {
    const light = vtkLight.newInstance({ intensity, positional: false })
    light.setLightTypeToSceneLight()
    renderer.addLight(light)
    return light
  })
  return (camera) => {
    const { right, up, back } = basis(camera)
    lights.forEach((light, i) => {
      const lamp = LAMPS[i]!
      const from: Vec3 = add(add(scale(right, lamp.right), scale(up, lamp.up)), scale(back, lamp.back))
      light.setFocalPoint(0, 0, 0)
      light.setPosition(...from)
    })
  }
}
