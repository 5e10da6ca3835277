import { useState, type ReactNode, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { Callout, Spinner } from '@/components/ui'
import type { Section } from '@/viewer'
import { SectionBar } from './SectionBar'
import type { Viewer } from './useViewer'
import { useViewerKeys } from './useViewerKeys'
import { ViewToolbar } from './ViewToolbar'

export interface ModelStageProps {
  viewer: Viewer
  name: string
  /** The tools stay away until there is something to see. */
  ready: boolean
  /** What fills the screen on request. */
  frame: RefObject<HTMLElement | null>
  /** Said over the scene: why it is empty. */
  children?: ReactNode
}

/** The scene with its tools. */
export function ModelStage({ viewer, name, ready, frame, children }: ModelStageProps) {
  const { t } = useTranslation('models')
  const { attach, scene, unavailable, measured, states } = viewer
  const [section, setSectionState] = useState<Section | null>(null)
  const [measuring, setMeasuringState] = useState(false)
  useViewerKeys(scene)

  const setSection = (next: Section | null) => {
    setSectionState(next)
    scene?.setSection(next)
  }
  const setMeasuring = (on: boolean) => {
    setMeasuringState(on)
    scene?.setMeasuring(on)
  }
  const all = Object.values(states)
  const loading = all.filter((state) => state === 'loading').length

  return (
    <div className="relative min-h-0 min-w-0 flex-1">
      <div
        ref={attach}
        role="application"
        tabIndex={0}
        aria-label={t('viewer.scene', { name })}
        aria-describedby="viewer-help"
        className="absolute inset-0 overflow-hidden select-none focus-visible:-outline-offset-2"
      />
      <p id="viewer-help" className="sr-only">
        {t('viewer.help')}
      </p>
      {ready && scene && (
        <ViewToolbar
          scene={scene}
          frame={frame}
          name={name}
          section={section}
          onSection={setSection}
          measuring={measuring}
          measured={measured}
          onMeasuring={setMeasuring}
        />
      )}
      {scene && section && <SectionBar scene={scene} section={section} onChange={setSection} />}
      {loading > 0 && (
        <div
          role="status"
          className="absolute right-3 bottom-28 flex items-center gap-2 rounded-md bg-surface/90 px-2.5 py-1.5 text-xs"
        >
          <Spinner />
          {t('viewer.loading', { done: all.length - loading, total: all.length })}
        </div>
      )}
      <div className="pointer-events-none absolute inset-0 flex items-center justify-center p-4 *:pointer-events-auto">
        {unavailable ? (
          <Callout tone="warning" title={t('viewer.noWebgl')} className="max-w-md">
            {t('viewer.noWebglDetail')}
          </Callout>
        ) : (
          children
        )}
      </div>
    </div>
  )
}
