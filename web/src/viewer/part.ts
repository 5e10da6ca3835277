import vtkCellArray from '@kitware/vtk.js/Common/Core/CellArray'
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray'
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane'
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData'
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor'
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper'
import vtkProperty from '@kitware/vtk.js/Rendering/Core/Property'

import { parseColor, type Rgb } from './color'
import { outline, sectionPlane } from './section'
import type { Look, Mesh, Section } from './types'

/** The inside of a cut part is drawn flat and a little darker: without shading, a hollow reads as a filled cut. */
const INSIDE = 0.78
const AMBIENT = { solid: 0.12, clear: 0.34 }

/** The drawable of one mesh: its surface and, under a section, the outline of the cut. */
export interface PartActors {
  surface: vtkActor
  cut: vtkActor
  setLook(look: Look): void
  setSection(section: Section | null): void
  delete(): void
}

export function createPartActors(mesh: Mesh): PartActors {
  const surfaceMapper = vtkMapper.newInstance({ scalarVisibility: false })
  surfaceMapper.setInputData(surfaceData(mesh))
  const surface = vtkActor.newInstance()
  surface.setMapper(surfaceMapper)
  surface.getProperty().set({ diffuse: 0.88, specular: 0.16, specularPower: 24 })
  const inside = vtkProperty.newInstance({ ambient: 1, diffuse: 0, specular: 0 })

  const cutMapper = vtkMapper.newInstance({ scalarVisibility: false })
  cutMapper.setInputData(lineData(new Float32Array(0)))
  const cut = vtkActor.newInstance({ visibility: false, pickable: false })
  cut.setMapper(cutMapper)
  cut.getProperty().set({ lighting: false, lineWidth: 2 })

  const plane = vtkPlane.newInstance()
  let section: Section | null = null
  let visible = true

  return {
    surface,
    cut,
    setLook(look) {
      const color = parseColor(look.color)
      const ambient = look.opacity < 1 ? AMBIENT.clear : AMBIENT.solid
      visible = look.visible && look.opacity > 0
      surface.getProperty().set({ opacity: look.opacity, ambient })
      surface.getProperty().setColor(...color)
      // The shader multiplies the inside by the outside's ambient share again.
      const [r, g, b] = color.map((value) => (value * INSIDE) / ambient) as Rgb
      inside.setAmbientColor(r, g, b)
      inside.setOpacity(look.opacity)
      cut.getProperty().setColor(...color)
      surface.setVisibility(visible)
      cut.setVisibility(visible && section !== null)
    },
    setSection(next) {
      const before = section
      section = next
      cut.setVisibility(visible && next !== null)
      if (!next) {
        surfaceMapper.removeAllClippingPlanes()
        // The type of the binding leaves out that null takes the property away.
        surface.setBackfaceProperty(null as unknown as vtkProperty)
        return
      }
      const { origin, normal } = sectionPlane(next)
      plane.setOrigin([...origin])
      plane.setNormal([...normal])
      if (!before) {
        surfaceMapper.addClippingPlane(plane)
        surface.setBackfaceProperty(inside)
      }
      surfaceMapper.modified()
      cutMapper.setInputData(lineData(outline(mesh, next)))
    },
    delete() {
      for (const object of [surface, surfaceMapper, cut, cutMapper, plane, inside]) object.delete()
    },
  }
}

function surfaceData({ positions, normals, indices }: Mesh): vtkPolyData {
  const cells = new Uint32Array((indices.length / 3) * 4)
  for (let from = 0, to = 0; from < indices.length; from += 3, to += 4) {
    cells[to] = 3
    cells[to + 1] = indices[from]!
    cells[to + 2] = indices[from + 1]!
    cells[to + 3] = indices[from + 2]!
  }
  const data = vtkPolyData.newInstance()
  data.getPoints().setData(positions, 3)
  data.setPolys(vtkCellArray.newInstance({ values: cells }))
  data.getPointData().setNormals(vtkDataArray.newInstance({ name: 'Normals', values: normals, numberOfComponents: 3 }))
  return data
}

function lineData(points: Float32Array): vtkPolyData {
  const cells = new Uint32Array((points.length / 6) * 3)
  for (let segment = 0; segment < cells.length / 3; segment += 1) {
    cells.set([2, segment * 2, segment * 2 + 1], segment * 3)
  }
  const data = vtkPolyData.newInstance()
  data.getPoints().setData(points, 3)
  data.setLines(vtkCellArray.newInstance({ values: cells }))
  return data
}
