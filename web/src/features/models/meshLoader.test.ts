import { describe, expect, it, vi } from 'vitest'
import { MeshFormatError, type Mesh } from '@/viewer'
import type { ModelPart } from './api'
import { createMeshLoader, type MeshSource } from './meshLoader'

vi.mock('@/viewer', async () => ({ MeshFormatError: (await import('@/viewer/mesh/errors')).MeshFormatError }))

const MESH: Mesh = { positions: new Float32Array(9), normals: new Float32Array(9), indices: Uint32Array.of(0, 1, 2) }
const part = (id: string, more: Partial<ModelPart> = {}): ModelPart => ({
  model_id: id,
  stl_name: `${id}.stl`,
  tissue: id,
  color: '#FFFFFF',
  opacity: 1,
  visible: true,
  triangles: 1,
  volume_ml: null,
  area_cm2: null,
  watertight: true,
  stl_url: `/${id}.stl`,
  glb_url: `/${id}.glb`,
  ...more,
})

/** Files that arrive when the test says so. */
function setUp(decode: MeshSource['decode'] = () => Promise.resolve(MESH)) {
  const asked: string[] = []
  const arrive = new Map<string, (outcome?: Error) => void>()
  const scene = { addPart: vi.fn(), setPart: vi.fn() }
  const loader = createMeshLoader(scene, {
    fetch: (url) => {
      asked.push(url)
      return new Promise((resolve, reject) => {
        arrive.set(url, (error) => (error ? reject(error) : resolve(new TextEncoder().encode(url).buffer)))
      })
    },
    decode,
  })
  const settled = async (url: string, error?: Error) => {
    arrive.get(url)!(error)
    await vi.waitFor(() => expect(loader.states.getState()[url.slice(1, -4)]).not.toBe('loading'))
  }
  return { asked, arrive, scene, loader, settled }
}

describe('the mesh loader', () => {
  it('asks for solid parts first, two at a time, and shows each as it arrives', async () => {
    const { asked, scene, loader, settled } = setUp()
    loader.sync([part('skin', { opacity: 0.2 }), part('bone'), part('liver', { triangles: 5 })])
    expect(asked).toEqual(['/bone.glb', '/liver.glb'])
    await settled('/liver.glb')
    expect(scene.addPart).toHaveBeenCalledExactlyOnceWith('liver', MESH, expect.objectContaining({ opacity: 1 }))
    await vi.waitFor(() => expect(asked).toContain('/skin.glb'))
    expect(loader.states.getState()).toEqual({ bone: 'loading', liver: 'ready', skin: 'loading' })
  })

  it('fetches a hidden part when it is first shown, and never twice', () => {
    const { asked, loader } = setUp()
    loader.sync([part('skin', { visible: false })])
    expect(asked).toEqual([])
    loader.sync([part('skin')])
    loader.sync([part('skin', { opacity: 0.5 })])
    expect(asked).toEqual(['/skin.glb'])
  })

  it('draws a part as it looks when it arrives, not as it looked when it was asked for', async () => {
    const { scene, loader, settled } = setUp()
    loader.sync([part('bone')])
    loader.sync([part('bone', { color: '#FF0000', visible: false })])
    await settled('/bone.glb')
    expect(scene.addPart).toHaveBeenCalledWith('bone', MESH, { color: '#FF0000', opacity: 1, visible: false })
  })

  it('falls back to the STL of a GLB that cannot be read', async () => {
    const decode = vi.fn(() => Promise.resolve(MESH)).mockRejectedValueOnce(new MeshFormatError('broken'))
    const { asked, arrive, loader, settled } = setUp(decode)
    loader.sync([part('bone')])
    arrive.get('/bone.glb')!()
    await vi.waitFor(() => expect(asked).toEqual(['/bone.glb', '/bone.stl']))
    await settled('/bone.stl')
    expect(loader.states.getState().bone).toBe('ready')
  })

  it('says which part failed, goes on with the others and tries again on request', async () => {
    const { asked, loader, settled } = setUp()
    loader.sync([part('bone'), part('skin', { opacity: 0.2 })])
    await settled('/bone.glb', new Error('network'))
    await settled('/skin.glb')
    expect(loader.states.getState()).toEqual({ bone: 'failed', skin: 'ready' })
    loader.retry('bone')
    expect(asked.filter((url) => url === '/bone.glb')).toHaveLength(2)
    await settled('/bone.glb')
    expect(loader.states.getState().bone).toBe('ready')
  })

  it('asks for nothing that has no file yet', () => {
    const { asked, loader } = setUp()
    loader.sync([part('bone', { stl_url: null, glb_url: null })])
    expect(asked).toEqual([])
    expect(loader.states.getState()).toEqual({})
  })

  it('leaves the scene alone once it is stopped', async () => {
    const { arrive, scene, loader } = setUp()
    loader.sync([part('bone')])
    loader.stop()
    arrive.get('/bone.glb')!()
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
    expect(scene.addPart).not.toHaveBeenCalled()
  })
})
