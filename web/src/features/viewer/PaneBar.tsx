import { ChevronDownIcon } from '@heroicons/react/16/solid'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Button, Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui'
import { studyQuery } from '@/lib/api/studies'
import { BODY_PRESETS, type BodyPreset, type Slab, type View } from '@/viewer/dicom'
import { hasPictures } from './series'
import { reading, type PaneWish } from './state'

const PLANES = ['axial', 'coronal', 'sagittal'] as const
const SLABS = ['none', 'mip', 'minip', 'average'] as const
const PRESETS = Object.keys(BODY_PRESETS) as BodyPreset[]
const FIRST_THICKNESS = 20
const FIRST_OPACITY = 0.5

type Way = 'stack' | (typeof PLANES)[number] | 'body'

const wayOf = (view: View | undefined): Way =>
  view?.kind === 'plane' ? view.plane : view?.kind === 'body' ? 'body' : 'stack'

function viewOf(way: Way): View | undefined {
  if (way === 'stack') return undefined
  return way === 'body' ? { kind: 'body', preset: 'bone' } : { kind: 'plane', plane: way, slab: null }
}

/** How this pane looks at its series: slices, a plane with a slab, or the body with its preset. */
export function PaneBar({ index, wish }: { index: number; wish: PaneWish }) {
  const { t } = useTranslation('viewer')
  const { view } = wish
  const change = (next: Partial<PaneWish>) => reading.change(index, next)
  return (
    <div className="absolute top-16 left-1 flex items-center gap-1 opacity-60 focus-within:opacity-100 hover:opacity-100">
      <Chooser text={t(`way.${wayOf(view)}`)} name={t('lookAt')}>
        <MenuChoice<Way>
          label={t('lookAt')}
          value={wayOf(view)}
          options={(['stack', ...PLANES, 'body'] as const).map((value) => ({ value, label: t(`way.${value}`) }))}
          onChange={(way) => change({ view: viewOf(way), fused: undefined })}
        />
      </Chooser>
      {view?.kind === 'plane' && (
        <>
          <Chooser text={t(`slabs.${view.slab?.mode ?? 'none'}`)} name={t('slabMode')}>
            <MenuChoice<(typeof SLABS)[number]>
              label={t('slabMode')}
              value={view.slab?.mode ?? 'none'}
              options={SLABS.map((value) => ({ value, label: t(`slabs.${value}`) }))}
              onChange={(mode) =>
                change({
                  view: {
                    ...view,
                    slab: mode === 'none' ? null : { mode, thickness: view.slab?.thickness ?? FIRST_THICKNESS },
                  },
                })
              }
            />
          </Chooser>
          {view.slab && <Thickness slab={view.slab} onChange={(slab) => change({ view: { ...view, slab } })} />}
          <FusionMenu index={index} wish={wish} />
        </>
      )}
      {view?.kind === 'body' && (
        <Chooser text={t(`body.${view.preset}`)} name={t('bodyPreset')}>
          <MenuChoice<BodyPreset>
            label={t('bodyPreset')}
            value={view.preset}
            options={PRESETS.map((value) => ({ value, label: t(`body.${value}`) }))}
            onChange={(preset) => change({ view: { kind: 'body', preset } })}
          />
        </Chooser>
      )}
    </div>
  )
}

const Chooser = ({ text, name, children }: { text: string; name: string; children: React.ReactNode }) => (
  <Menu
    align="start"
    trigger={
      <Button size="sm" variant="ghost" className="h-6 bg-black/50 px-1.5" aria-label={`${name}: ${text}`}>
        {text}
        <ChevronDownIcon className="size-3.5 text-muted" aria-hidden />
      </Button>
    }
  >
    {children}
  </Menu>
)

function Thickness({ slab, onChange }: { slab: Slab; onChange: (slab: Slab) => void }) {
  const { t } = useTranslation('viewer')
  return (
    <label className="tnum flex items-center gap-1 bg-black/50 px-1 text-xs">
      <input
        type="range"
        min={2}
        max={120}
        step={1}
        value={slab.thickness}
        aria-label={t('thickness')}
        onChange={(event) => onChange({ ...slab, thickness: Number(event.target.value) })}
        className="w-20 accent-blue"
      />
      {slab.thickness} mm
    </label>
  )
}

/** Lays another series over the plane in colours. */
function FusionMenu({ index, wish }: { index: number; wish: PaneWish }) {
  const { t } = useTranslation('viewer')
  const study = useQuery(studyQuery(wish.studyUid)).data
  const others = study?.series.filter((each) => hasPictures(each) && each.series_uid !== wish.seriesUid) ?? []
  if (others.length === 0) return null
  const fused = wish.fused
  return (
    <>
      <Chooser text={t(fused ? 'fusion.on' : 'fusion.off')} name={t('fusion.title')}>
        <MenuLabel>{t('fusion.title')}</MenuLabel>
        {others.map((series) => (
          <MenuItem
            key={series.series_uid}
            onSelect={() =>
              reading.fuse(index, {
                studyUid: wish.studyUid,
                seriesUid: series.series_uid,
                opacity: fused?.opacity ?? FIRST_OPACITY,
              })
            }
          >
            {[series.modality, series.description].filter(Boolean).join(' ')}
          </MenuItem>
        ))}
        {fused && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => reading.fuse(index, undefined)}>{t('fusion.remove')}</MenuItem>
          </>
        )}
      </Chooser>
      {fused && (
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={fused.opacity}
          aria-label={t('fusion.opacity')}
          onChange={(event) => reading.fuse(index, { ...fused, opacity: Number(event.target.value) })}
          className="w-20 accent-blue"
        />
      )}
    </>
  )
}
