import { ChevronDownIcon } from '@heroicons/react/20/solid'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui'
import { number } from '@/lib/format'
import { CT_PRESETS, proposedShades, type Pane, type Proposed } from '@/viewer/dicom'
import { useReading } from './state'
import type { Run } from './useCommands'
import { useEngineHere, useReadout } from './useEngine'

const Key = ({ children }: { children: ReactNode }) => (
  <kbd className="tnum ml-auto pl-4 text-xs text-muted">{children}</kbd>
)

/** Windows to choose from: those of the image itself, and for CT one for each tissue. */
export function WindowMenu({ run }: { run: Run }) {
  const { t } = useTranslation('viewer')
  return (
    <Menu
      align="start"
      trigger={
        <Button variant="ghost" size="sm" className="px-1.5">
          {t('window')}
          <ChevronDownIcon className="size-4 text-muted" aria-hidden />
        </Button>
      }
    >
      <Choices run={run} />
    </Menu>
  )
}

/** Made when the menu opens: what is in the pane then is what they are for. */
function Choices({ run }: { run: Run }) {
  const { t } = useTranslation('viewer')
  const active = useReading((state) => state.active)
  const pane = useEngineHere()
    ?.panes()
    .find(({ id }) => id === `pane-${active}`)
  return (
    <>
      <OfTheImage pane={pane} />
      {pane?.stack()?.modality === 'CT' && (
        <>
          <MenuLabel>{t('presetsCt')}</MenuLabel>
          {CT_PRESETS.map((preset) => (
            <MenuItem key={preset.name} onSelect={() => run({ do: 'preset', preset: preset.name })}>
              {t(`keys.preset.${preset.name}`)}
              <span className="tnum text-xs text-muted">
                {preset.width} / {preset.center}
              </span>
              <Key>{preset.key}</Key>
            </MenuItem>
          ))}
          <MenuSeparator />
        </>
      )}
      <MenuItem onSelect={() => run({ do: 'auto' })}>
        {t('keys.command.auto')}
        <Key>A</Key>
      </MenuItem>
    </>
  )
}

function OfTheImage({ pane }: { pane?: Pane }) {
  const { t } = useTranslation('viewer')
  const { image } = useReadout(pane)
  const proposed = image ? proposedShades(image) : []
  if (!pane || proposed.length === 0) return null
  const facts = ({ shades }: Proposed) =>
    shades.kind === 'curve' ? t('table') : `${number(shades.window.width)} / ${number(shades.window.center)}`
  return (
    <>
      <MenuLabel>{t('presetsImage')}</MenuLabel>
      {proposed.map((each, i) => (
        <MenuItem key={i} onSelect={() => pane.setShades(each.shades)}>
          {each.name ?? t('presetNumber', { number: i + 1 })}
          <span className="tnum text-xs text-muted">{facts(each)}</span>
        </MenuItem>
      ))}
      <MenuSeparator />
    </>
  )
}
