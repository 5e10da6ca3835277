import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Select } from '@/components/ui'
import { cn } from '@/lib/cn'
import { CT_PRESETS, type Window } from '@/viewer/dicom/windows'
import type { Plane, Projection } from './api'
import { windowOfKey } from './moves'
import { ServerPane } from './ServerPane'

type Layout = 'stack' | 'mpr' | 'projection'

const PLANES: Record<Layout, Plane[]> = {
  stack: ['stack'],
  mpr: ['axial', 'coronal', 'sagittal'],
  projection: ['axial', 'coronal', 'sagittal'],
}
const SLABS = [5, 10, 20, 50, 10_000] as const
const PROJECTIONS: Projection[] = ['mip', 'minip', 'mean']

/**
 * A viewer whose pictures are drawn by the server: where there is no WebGL2, or a series is too large for this machine.
 * `volume` is false for series that are no stack of slices.
 */
export function ServerViewer({ seriesUid, volume = true }: { seriesUid: string; volume?: boolean }) {
  const { t } = useTranslation('serverViewer')
  const [layout, setLayout] = useState<Layout>('stack')
  const [window, setWindow] = useState<Window | null>(null)
  const [invert, setInvert] = useState(false)
  const [slab, setSlab] = useState<number>(10_000)
  const [mode, setMode] = useState<Projection>('mip')
  const preset = CT_PRESETS.find((one) => one.center === window?.center && one.width === window.width)

  const key = (event: React.KeyboardEvent) => {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return
    const chosen = windowOfKey(event.key)
    if (chosen !== undefined) setWindow(chosen)
    else if (event.key === 'i') setInvert(!invert)
  }
  return (
    <div onKeyDown={key} className="flex size-full min-h-0 flex-col bg-black text-text">
      <div
        role="toolbar"
        aria-label={t('tools')}
        className="flex flex-wrap items-center gap-2 border-b border-line bg-surface p-1.5"
      >
        <p className="text-xs text-muted">{t('drawnByServer')}</p>
        <span className="ml-auto flex flex-wrap items-center gap-2">
          {(volume ? (['stack', 'mpr', 'projection'] as const) : (['stack'] as const)).map((one) => (
            <Button
              key={one}
              size="sm"
              variant={one === layout ? 'primary' : 'secondary'}
              aria-pressed={one === layout}
              onClick={() => setLayout(one)}
            >
              {t(`layout.${one}`)}
            </Button>
          ))}
          {layout === 'projection' && (
            <>
              <Select
                aria-label={t('projection')}
                value={mode}
                onChange={(event) => setMode(event.target.value as Projection)}
              >
                {PROJECTIONS.map((one) => (
                  <option key={one} value={one}>
                    {t(`mode.${one}`)}
                  </option>
                ))}
              </Select>
              <Select aria-label={t('slab')} value={slab} onChange={(event) => setSlab(Number(event.target.value))}>
                {SLABS.map((one) => (
                  <option key={one} value={one}>
                    {one === 10_000 ? t('wholeVolume') : t('mm', { mm: one })}
                  </option>
                ))}
              </Select>
            </>
          )}
          <Select
            aria-label={t('window')}
            value={preset?.name ?? (window ? 'other' : 'own')}
            onChange={(event) => {
              const found = CT_PRESETS.find((one) => one.name === event.target.value)
              setWindow(found ? { center: found.center, width: found.width } : null)
            }}
          >
            <option value="own">{t('preset.own')}</option>
            {CT_PRESETS.map((one) => (
              <option key={one.name} value={one.name}>
                {t(`preset.${one.name}`)}
              </option>
            ))}
            {window && !preset && <option value="other">{t('windowed', { ...window })}</option>}
          </Select>
          <Button size="sm" variant="secondary" aria-pressed={invert} onClick={() => setInvert(!invert)}>
            {t('invert')}
          </Button>
        </span>
      </div>
      <div
        className={cn('grid min-h-0 flex-1 gap-px', layout === 'stack' ? 'grid-cols-1' : 'grid-cols-1 sm:grid-cols-3')}
      >
        {PLANES[layout].map((plane) => (
          <ServerPane
            key={`${seriesUid}/${plane}`}
            seriesUid={seriesUid}
            plane={plane}
            slab={layout === 'projection' ? slab : 0}
            mode={mode}
            window={window}
            invert={invert}
            onWindow={setWindow}
          />
        ))}
      </div>
    </div>
  )
}
