import {
  ArrowPathIcon,
  CubeTransparentIcon,
  DocumentTextIcon,
  ListBulletIcon,
  ArrowsPointingOutIcon,
  EllipsisHorizontalIcon,
  PauseIcon,
  PlayIcon,
  QuestionMarkCircleIcon,
  RectangleStackIcon,
  Squares2X2Icon,
} from '@heroicons/react/20/solid'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton, Menu, MenuItem, MenuSeparator, type Icon } from '@/components/ui'
import { cn } from '@/lib/cn'
import { keyOf, MEASURE_TOOLS, type Command, type Tool } from '@/viewer/dicom'
import { FlipIcon, FlipUpIcon, InvertIcon, layoutIcon, LinkIcon, TurnIcon } from './icons'
import { LAYOUTS, reading, useReading, type Layout } from './state'
import { TOOL_ICONS } from './toolIcons'
import type { Run } from './useCommands'
import { WindowMenu } from './WindowMenu'

const PRESSED = 'aria-pressed:bg-blue-tint aria-pressed:text-blue-text'
const STEERING: Tool[] = ['window', 'scroll', 'pan', 'zoom', 'region']
const GRID: Record<Layout, Icon> = {
  '1x1': layoutIcon(1, 1),
  '1x2': layoutIcon(1, 2),
  '2x1': layoutIcon(2, 1),
  '2x2': layoutIcon(2, 2),
}

const Group = ({ children, className }: { children: ReactNode; className?: string }) => (
  <div className={cn('flex items-center border-l border-line px-1 first:border-l-0', className)}>{children}</div>
)

/** A name with the key that does the same. */
export function useNamed() {
  const { t } = useTranslation('viewer')
  return (name: string) => {
    const key = keyOf(name)
    const text = t(`keys.${name}` as 'keys.command.auto')
    return key ? `${text} (${key})` : text
  }
}

export function Toolbar({ run }: { run: Run }) {
  const { t } = useTranslation('viewer')
  const named = useNamed()
  const tool = useReading((state) => state.tool)
  const cine = useReading((state) => state.cine)
  const linked = useReading((state) => state.linked)
  const layout = useReading((state) => state.layout)
  const panel = useReading((state) => state.panel)

  const toolButton = (which: Tool) => (
    <IconButton
      key={which}
      icon={TOOL_ICONS[which]}
      label={named(`tool.${which}`)}
      aria-pressed={tool === which}
      className={PRESSED}
      onClick={() => run({ do: 'tool', tool: which })}
    />
  )
  const command = (which: Command & { do: string }, name: string, icon: Icon) => (
    <IconButton icon={icon} label={named(`command.${name}`)} onClick={() => run(which)} />
  )
  return (
    <div role="toolbar" aria-label={t('tools')} className="flex min-w-0 flex-wrap items-center">
      <Group>{STEERING.map(toolButton)}</Group>
      <Group>
        <WindowMenu run={run} />
        {command({ do: 'invert' }, 'invert', InvertIcon)}
        {command({ do: 'turn' }, 'turn', TurnIcon)}
        {command({ do: 'flip', direction: 'horizontal' }, 'flipHorizontal', FlipIcon)}
        {command({ do: 'flip', direction: 'vertical' }, 'flipVertical', FlipUpIcon)}
        {command({ do: 'reset' }, 'reset', ArrowPathIcon)}
      </Group>
      <Group>
        <IconButton
          icon={cine === null ? PlayIcon : PauseIcon}
          label={named('command.cine')}
          aria-pressed={cine !== null}
          className={PRESSED}
          onClick={() => run({ do: 'cine' })}
        />
        {cine !== null && <CineSpeed fps={cine} />}
      </Group>
      <Group>{MEASURE_TOOLS.map(toolButton)}</Group>
      <Group>
        <Menu align="start" trigger={<IconButton icon={Squares2X2Icon} label={t('layout')} />}>
          {LAYOUTS.map((each) => {
            const Mark = GRID[each]
            return (
              <MenuItem
                key={each}
                icon={Mark}
                onSelect={() => (each === '1x2' ? run({ do: 'layout', layout: 'two' }) : reading.layout(each))}
              >
                {t(`grid.${each}`)}
              </MenuItem>
            )
          })}
        </Menu>
        {layout !== '1x1' && (
          <IconButton
            icon={LinkIcon}
            label={named('command.link')}
            aria-pressed={linked}
            className={PRESSED}
            onClick={() => run({ do: 'link' })}
          />
        )}
        <IconButton
          icon={CubeTransparentIcon}
          label={named('layout.mpr')}
          onClick={() => run({ do: 'layout', layout: 'mpr' })}
        />
        <IconButton
          icon={ListBulletIcon}
          label={named('command.measurements')}
          aria-pressed={panel === 'measurements'}
          className={PRESSED}
          onClick={() => run({ do: 'measurements' })}
        />
        <IconButton
          icon={RectangleStackIcon}
          label={named('command.overlays')}
          aria-pressed={panel === 'overlays'}
          className={PRESSED}
          onClick={() => run({ do: 'overlays' })}
        />
        <IconButton
          icon={DocumentTextIcon}
          label={named('command.report')}
          aria-pressed={panel === 'report'}
          className={PRESSED}
          onClick={() => run({ do: 'report' })}
        />
        <MoreMenu run={run} />
        {command({ do: 'fullscreen' }, 'fullscreen', ArrowsPointingOutIcon)}
        {command({ do: 'help' }, 'help', QuestionMarkCircleIcon)}
      </Group>
    </div>
  )
}

function MoreMenu({ run }: { run: Run }) {
  const { t } = useTranslation('viewer')
  const item = (which: 'fit' | 'texts' | 'tags' | 'keyImage' | 'picture' | 'print' | 'undo') => (
    <MenuItem onSelect={() => run({ do: which })}>
      {t(`keys.command.${which}`)}
      <kbd className="ml-auto pl-4 text-xs text-muted">{keyOf(`command.${which}`)}</kbd>
    </MenuItem>
  )
  return (
    <Menu trigger={<IconButton icon={EllipsisHorizontalIcon} label={t('more')} />}>
      {item('fit')}
      {item('texts')}
      {item('tags')}
      <MenuSeparator />
      {item('undo')}
      {item('keyImage')}
      <MenuSeparator />
      {item('picture')}
      {item('print')}
    </Menu>
  )
}

function CineSpeed({ fps }: { fps: number }) {
  const { t } = useTranslation('viewer')
  return (
    <label className="tnum flex items-center gap-1.5 pr-1 text-xs text-muted">
      <input
        type="range"
        min={2}
        max={40}
        value={fps}
        aria-label={t('cineSpeed')}
        onChange={(event) => reading.cine(Number(event.target.value))}
        className="w-20 accent-blue"
      />
      {t('fps', { fps })}
    </label>
  )
}
