// @vitest-environment node
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { meshBounds } from '../bounds'
import type { Mesh } from '../types'
import { decodeMesh } from './decode'
import { loadDracoFrom } from './draco'
import { MeshFormatError } from './errors'
import { readContainer } from './glb'
import { vertexNormals } from './normals'
import { readStl } from './stl'
import { weld } from './weld'

async function bytes(path: string): Promise<ArrayBuffer> {
  const file = await readFile(path)
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
}
/** A box of 20 × 40 × 60 mm around (100, −50, 300), written by the compute engine. */
const fixture = (name: string) => bytes(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)))

beforeAll(() => loadDracoFrom(() => bytes(createRequire(import.meta.url).resolve('draco3d/draco_decoder.wasm'))))

interface Chunk {
  type: number
  data: Uint8Array
}

function container(chunks: Chunk[], version = 2): ArrayBuffer {
  const total = 12 + chunks.reduce((sum, { data }) => sum + 8 + data.length, 0)
  const file = new Uint8Array(total)
  const view = new DataView(file.buffer)
  view.setUint32(0, 0x46546c67, true)
  view.setUint32(4, version, true)
  view.setUint32(8, total, true)
  let at = 12
  for (const { type, data } of chunks) {
    view.setUint32(at, data.length, true)
    view.setUint32(at + 4, type, true)
    file.set(data, at + 8)
    at += 8 + data.length
  }
  return file.buffer
}

/** A plain GLB of one right triangle, its node placed by `node`. */
function plainGlb(node: object, indices = [0, 1, 2], extra: object = {}): ArrayBuffer {
  const positions = new Uint8Array(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0).buffer)
  const bin = new Uint8Array(44)
  bin.set(positions)
  bin.set(new Uint8Array(Uint16Array.from(indices).buffer), 36)
  const document = {
    asset: { version: '2.0' },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, ...node }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' },
      { bufferView: 1, componentType: 5123, count: 3, type: 'SCALAR' },
    ],
    bufferViews: [
      { buffer: 0, byteLength: 36 },
      { buffer: 0, byteOffset: 36, byteLength: 6 },
    ],
    ...extra,
  }
  return container([
    { type: 0x4e4f534a, data: new TextEncoder().encode(JSON.stringify(document)) },
    { type: 0x004e4942, data: bin },
  ])
}

function expectBox(mesh: Mesh, tolerance: number) {
  const { min, max } = meshBounds(mesh)!
  for (const [axis, [low, high]] of [
    [90, 110],
    [-70, -30],
    [270, 330],
  ].entries()) {
    expect(Math.abs(min[axis]! - low!)).toBeLessThanOrEqual(tolerance)
    expect(Math.abs(max[axis]! - high!)).toBeLessThanOrEqual(tolerance)
  }
  expect(mesh.indices).toHaveLength(36)
  expect(mesh.normals).toHaveLength(mesh.positions.length)
}

describe('the engine’s files', () => {
  it('reads a Draco-compressed GLB in place, within its quantization', async () => {
    expectBox(await decodeMesh(await fixture('box.glb')), 0.025)
  })

  it('reads a binary STL and welds its corners', async () => {
    const mesh = await decodeMesh(await fixture('box.stl'))
    expectBox(mesh, 0)
    expect(mesh.positions).toHaveLength(8 * 3)
  })

  it('gives both the same outward normals', async () => {
    for (const name of ['box.glb', 'box.stl']) {
      const { positions, normals } = await decodeMesh(await fixture(name))
      for (let i = 0; i < positions.length; i += 3) {
        const outward =
          (positions[i]! - 100) * normals[i]! +
          (positions[i + 1]! + 50) * normals[i + 1]! +
          (positions[i + 2]! - 300) * normals[i + 2]!
        expect(outward).toBeGreaterThan(0)
        expect(Math.hypot(normals[i]!, normals[i + 1]!, normals[i + 2]!)).toBeCloseTo(1, 1)
      }
    }
  })
})

describe('GLB', () => {
  it('reads uncompressed accessors and applies the place of the node', async () => {
    const mesh = await decodeMesh(plainGlb({ translation: [10, 0, -5], scale: [2, 2, 2] }))
    expect([...mesh.positions]).toEqual([10, 0, -5, 12, 0, -5, 10, 2, -5])
    expect([...mesh.indices]).toEqual([0, 1, 2])
    expect([...mesh.normals.subarray(0, 3)]).toEqual([0, 0, 1])
  })

  it('turns normals with the node', async () => {
    const half = Math.SQRT1_2
    const { normals } = await decodeMesh(plainGlb({ rotation: [half, 0, 0, half] })) // a quarter turn about x
    expect(normals[1]).toBeCloseTo(-1, 5)
    expect(normals[2]).toBeCloseTo(0, 5)
  })

  it.each([
    ['another version', container([], 1)],
    ['no document', container([])],
    ['an index beyond the last vertex', plainGlb({}, [0, 1, 7])],
    ['an unknown compression', plainGlb({}, [0, 1, 2], { extensionsRequired: ['EXT_meshopt_compression'] })],
    ['a node inside itself', plainGlb({ children: [0] })],
  ])('refuses %s', async (_, file) => {
    await expect(decodeMesh(file)).rejects.toThrow(MeshFormatError)
  })

  it('refuses a file cut short anywhere', async () => {
    const whole = await fixture('box.glb')
    for (const length of [8, 19, 100, 600, whole.byteLength - 4]) {
      await expect(decodeMesh(whole.slice(0, length))).rejects.toThrow(MeshFormatError)
    }
  })

  it('refuses Draco data that is damaged', async () => {
    const file = await fixture('box.glb')
    const { bin } = readContainer(file)
    new Uint8Array(file, bin.byteOffset, 16).fill(0)
    await expect(decodeMesh(file)).rejects.toThrow(/Draco/)
  })
})

describe('STL', () => {
  const text = (s: string) => new TextEncoder().encode(s).buffer

  it('reads the text form', () => {
    const mesh = readStl(
      text(`solid s\n facet normal 0 0 1\n outer loop
        vertex 0 0 0\n vertex 1e1 0 0\n vertex 0 -2.5 0\n endloop\n endfacet\nendsolid s`),
    )
    expect([...mesh.positions]).toEqual([0, 0, 0, 10, 0, 0, 0, -2.5, 0])
    expect([...mesh.normals.subarray(0, 3)]).toEqual([0, 0, -1])
  })

  it('is not misled by a binary header that says "solid"', async () => {
    const file = await fixture('box.stl')
    new Uint8Array(file).set(new TextEncoder().encode('solid box'))
    expectBox(readStl(file), 0)
  })

  it.each([
    ['rubbish', text('hello')],
    ['nothing', text('')],
    ['no triangle', text('solid s\nendsolid s')],
    ['an unfinished triangle', text('solid s\nvertex 0 0 0\nvertex 1 0 0')],
    ['a word for a number', text('solid s\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 x 0')],
  ])('refuses %s', (_, file) => {
    expect(() => readStl(file)).toThrow(MeshFormatError)
  })
})

describe('weld', () => {
  it('merges equal points, taking −0 for 0, and keeps the order of the corners', () => {
    const soup = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, -0, 1, -0)
    const { positions, indices } = weld(soup)
    expect(positions).toHaveLength(4 * 3)
    expect([...indices]).toEqual([0, 1, 2, 1, 3, 2])
  })
})

describe('vertexNormals', () => {
  it('weighs each triangle by its area', () => {
    // A large triangle in z = 0 and a small one in x = 0 share the first vertex.
    const positions = Float32Array.of(0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 1, 0, 0, 0, 1)
    const normals = vertexNormals(positions, Uint32Array.of(0, 1, 2, 0, 3, 4))
    expect(normals[2]! / normals[0]!).toBeCloseTo(100)
  })

  it('leaves an unused vertex without a direction, not without a number', () => {
    expect([...vertexNormals(new Float32Array(3), new Uint32Array(0))]).toEqual([0, 0, 0])
  })
})
