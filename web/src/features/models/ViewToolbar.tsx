import {
  ArrowPathIcon,
  ArrowsPointingInIcon,
  ArrowsPointingOutIcon,
  CameraIcon,
  ScissorsIcon,
  XMarkIcon,
} from '@heroicons/react/20/solid'
import { useEffect, useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton, Tooltip } from '@/components/ui'
import { cn } from '@/lib/cn'
import { saveBlob } from '@/lib/download'
import { toast } from '@/lib/toast'
import type { Face, ModelScene, Section } from '@/viewer'
import { RulerIcon } from './RulerIcon'

const FACES: Face[] = ['A', 'P', 'L', 'R', 'S', 'I']
const GROUP = 'flex rounded-md border border-line bg-surface/90 p-0.5 shadow-card'
const PRESSED = 'aria-pressed:bg-blue-fill aria-pressed:text-white'

export interface ViewToolbarProps {
  scene: ModelScene
  /** What fills the screen. */
  frame: RefObject<HTMLElement | null>
  name: string
  section: Section | null
  onSection: (section: Section | null) => void
  measuring: boolean
  measured: number
  onMeasuring: (on: boolean) => void
}

export function ViewToolbar({ scene, frame, name, section, onSection, measuring, ...rest }: ViewToolbarProps) {
  const { t } = useTranslation('models')
  const { measured, onMeasuring } = rest
  const [full, setFull] = useState(false)

  useEffect(() => {
    const update = () => setFull(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', update)
    return () => document.removeEventListener('fullscreenchange', update)
  }, [])

  const toggleSection = () => {
    const range = scene.sectionRange('axial')
    if (section || !range) onSection(null)
    else onSection({ axis: 'axial', position: (range[0] + range[1]) / 2, flipped: false })
  }
  const photograph = async () => {
    try {
      saveBlob(await scene.screenshot(), `${name || 'model'}.png`)
    } catch {
      toast('error', t('viewer.screenshotFailed'))
    }
  }
  const toggleFull = () => void (full ? document.exitFullscreen() : frame.current?.requestFullscreen())

  return (
    <div
      role="toolbar"
      aria-label={t('viewer.tools')}
      className="pointer-events-none absolute inset-x-2 top-2 flex flex-wrap gap-1.5 *:pointer-events-auto"
    >
      <div className={GROUP}>
        {FACES.map((face) => (
          <Tooltip key={face} text={`${t(`view.${face}`)} (${face})`}>
            <button
              type="button"
              aria-label={t(`view.${face}`)}
              aria-keyshortcuts={face}
              className="size-8 rounded-sm text-sm font-semibold text-muted hover:bg-hover hover:text-text"
              onClick={() => scene.setView(face)}
            >
              {face}
            </button>
          </Tooltip>
        ))}
        <IconButton icon={ArrowPathIcon} label={`${t('view.reset')} (0)`} onClick={() => scene.resetView()} />
      </div>
      <div className={GROUP}>
        <IconButton
          icon={ScissorsIcon}
          label={t('section.toggle')}
          aria-pressed={section !== null}
          className={PRESSED}
          onClick={toggleSection}
        />
        <IconButton
          icon={RulerIcon}
          label={t('measure.toggle')}
          aria-pressed={measuring}
          className={PRESSED}
          onClick={() => onMeasuring(!measuring)}
        />
        {measured > 0 && (
          <IconButton icon={XMarkIcon} label={t('measure.clear')} onClick={() => scene.clearMeasurements()} />
        )}
      </div>
      <div className={GROUP}>
        <IconButton icon={CameraIcon} label={t('viewer.screenshot')} onClick={() => void photograph()} />
        {document.fullscreenEnabled && (
          <IconButton
            icon={full ? ArrowsPointingInIcon : ArrowsPointingOutIcon}
            label={t(full ? 'viewer.exitFullScreen' : 'viewer.fullScreen')}
            onClick={toggleFull}
          />
        )}
      </div>
      {measuring && (
        <p role="status" className={cn(GROUP, 'items-center px-2 text-xs text-muted')}>
          {t('measure.hint')}
        </p>
      )}
    </div>
  )
}
