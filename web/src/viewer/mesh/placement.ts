import { mat4, quat } from 'gl-matrix'

import { MeshFormatError } from './errors'
import type { Gltf, GltfNode } from './gltf'

/** A 4 × 4 matrix, column by column, as glTF stores it. */
export type Matrix = mat4

/** The meshes of the document's scene, each with its place; null means it stays where it is. */
export function placedMeshes(document: Gltf): { mesh: number; matrix: Matrix | null }[] {
  const { nodes = [], meshes = [] } = document
  const roots = document.scenes?.[document.scene ?? 0]?.nodes
  if (!roots) return meshes.map((_, mesh) => ({ mesh, matrix: null }))
  const placed: { mesh: number; matrix: Matrix | null }[] = []
  const visit = (index: number, parent: Matrix, depth: number) => {
    const node = nodes[index]
    if (!node || depth > nodes.length) throw new MeshFormatError('GLB with a broken tree of nodes')
    const matrix = mat4.multiply(mat4.create(), parent, localMatrix(node))
    if (node.mesh !== undefined) {
      placed.push({ mesh: node.mesh, matrix: mat4.exactEquals(matrix, mat4.create()) ? null : matrix })
    }
    for (const child of node.children ?? []) visit(child, matrix, depth + 1)
  }
  for (const root of roots) visit(root, mat4.create(), 0)
  return placed
}

function localMatrix(node: GltfNode): Matrix {
  if (node.matrix) return Float32Array.from(node.matrix) as mat4
  return mat4.fromRotationTranslationScale(
    mat4.create(),
    node.rotation ?? quat.create(),
    node.translation ?? [0, 0, 0],
    node.scale ?? [1, 1, 1],
  )
}

export function transformPoints(points: Float32Array, m: Matrix): Float32Array {
  return mapTriples(points, (x, y, z, out, at) => {
    for (let row = 0; row < 3; row += 1) out[at + row] = m[row]! * x + m[4 + row]! * y + m[8 + row]! * z + m[12 + row]!
  })
}

/** Turn unit directions with the matrix; right for rotations and even scaling, which is all that exporters write. */
export function transformDirections(directions: Float32Array, m: Matrix): Float32Array {
  return mapTriples(directions, (x, y, z, out, at) => {
    for (let row = 0; row < 3; row += 1) out[at + row] = m[row]! * x + m[4 + row]! * y + m[8 + row]! * z
    const norm = Math.hypot(out[at]!, out[at + 1]!, out[at + 2]!) || 1
    for (let row = 0; row < 3; row += 1) out[at + row]! /= norm
  })
}

function mapTriples(
  values: Float32Array,
  write: (x: number, y: number, z: number, out: Float32Array, at: number) => void,
): Float32Array {
  const out = new Float32Array(values.length)
  for (let at = 0; at < values.length; at += 3) write(values[at]!, values[at + 1]!, values[at + 2]!, out, at)
  return out
}
