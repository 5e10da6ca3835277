import { useCallback, useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { api } from '@/lib/api/client'
import { createMeshDecoder, createModelScene, type ModelScene } from '@/viewer'
import type { ModelPart } from './api'
import { createMeshLoader, type MeshLoader, type MeshState } from './meshLoader'

interface Built {
  scene: ModelScene
  loader: MeshLoader
}

const NOTHING = createStore<Record<string, MeshState>>(() => ({}))

type FetchMesh = (url: string, signal: AbortSignal) => Promise<ArrayBuffer>

const fetchOwn: FetchMesh = (url, signal) => api.arrayBuffer(url, { signal })

/** A scene with these parts in the element that takes `attach` as its ref. */
export function useViewer(parts: ModelPart[] | undefined, background: string, fetchMesh: FetchMesh = fetchOwn) {
  const [viewer, setViewer] = useState<Built | null>(null)
  const [unavailable, setUnavailable] = useState(false)
  const [measured, setMeasured] = useState(0)

  const attach = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return
      let scene: ModelScene
      try {
        scene = createModelScene(element, { background: '#000000', onMeasure: ({ length }) => setMeasured(length) })
      } catch {
        // Whatever the cause, no WebGL 2 or a blocked card: one message says what to do.
        setUnavailable(true)
        return
      }
      const decoder = createMeshDecoder()
      const loader = createMeshLoader(scene, {
        fetch: fetchMesh,
        decode: (buffer) => decoder.decode(buffer),
      })
      setViewer({ scene, loader })
      return () => {
        loader.stop()
        decoder.dispose()
        scene.dispose()
        setViewer(null)
      }
    },
    [fetchMesh],
  )

  useEffect(() => viewer?.scene.setBackground(background), [viewer, background])
  useEffect(() => {
    if (parts) viewer?.loader.sync(parts)
  }, [viewer, parts])

  const states = useStore(viewer?.loader.states ?? NOTHING)
  const retry = (id: string) => viewer?.loader.retry(id)
  return { attach, scene: viewer?.scene ?? null, unavailable, measured, states, retry }
}

export type Viewer = ReturnType<typeof useViewer>
