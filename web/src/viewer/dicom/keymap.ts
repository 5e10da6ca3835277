import type { PresetName } from './windows'
import type { Tool } from './tools'

/** Everything a key or a button can ask of the viewer. */
export type Command =
  | { do: 'tool'; tool: Tool }
  | { do: 'preset'; preset: PresetName }
  | { do: 'scroll'; steps: number }
  | { do: 'end'; which: 'first' | 'last' }
  | { do: 'series'; step: 1 | -1 }
  | { do: 'zoom'; factor: number }
  | { do: 'pan'; dx: number; dy: number }
  | { do: 'flip'; direction: 'horizontal' | 'vertical' }
  | { do: 'layout'; layout: 'one' | 'two' | 'four' | 'mpr' | 'volume' }
  | { do: Simple }

export const SIMPLE = [
  'auto',
  'turn',
  'invert',
  'fit',
  'reset',
  'cine',
  'link',
  'texts',
  'tags',
  'measurements',
  'overlays',
  'report',
  'keyImage',
  'fullscreen',
  'picture',
  'print',
  'help',
  'undo',
  'remove',
  'next',
  'escape',
] as const
export type Simple = (typeof SIMPLE)[number]

export type KeyGroup = 'moving' | 'window' | 'picture' | 'tools' | 'layout' | 'panels'

export interface KeyBinding {
  /** As a keyboard shows it. */
  keys: string[]
  /** Names its text: `keys.<name>`. */
  name: string
  group: KeyGroup
  command: Command
}

const tool = (key: string, which: Tool): KeyBinding => ({
  keys: [key],
  name: `tool.${which}`,
  group: 'tools',
  command: { do: 'tool', tool: which },
})
const preset = (key: string, which: PresetName): KeyBinding => ({
  keys: [key],
  name: `preset.${which}`,
  group: 'window',
  command: { do: 'preset', preset: which },
})
const simple = (keys: string[], group: KeyGroup, which: Simple): KeyBinding => ({
  keys,
  name: `command.${which}`,
  group,
  command: { do: which },
})
const layout = (key: string, which: 'one' | 'two' | 'four' | 'mpr' | 'volume'): KeyBinding => ({
  keys: [key],
  name: `layout.${which}`,
  group: 'layout',
  command: { do: 'layout', layout: which },
})

/** The one table of keys: what is pressed, what happens, and what `?` shows. */
export const KEYMAP: readonly KeyBinding[] = [
  { keys: ['↑', ','], name: 'command.previousImage', group: 'moving', command: { do: 'scroll', steps: -1 } },
  { keys: ['↓', '.'], name: 'command.nextImage', group: 'moving', command: { do: 'scroll', steps: 1 } },
  { keys: ['PageUp'], name: 'command.backTen', group: 'moving', command: { do: 'scroll', steps: -10 } },
  { keys: ['PageDown'], name: 'command.onTen', group: 'moving', command: { do: 'scroll', steps: 10 } },
  { keys: ['Home'], name: 'command.firstImage', group: 'moving', command: { do: 'end', which: 'first' } },
  { keys: ['End'], name: 'command.lastImage', group: 'moving', command: { do: 'end', which: 'last' } },
  { keys: ['←'], name: 'command.previousSeries', group: 'moving', command: { do: 'series', step: -1 } },
  { keys: ['→'], name: 'command.nextSeries', group: 'moving', command: { do: 'series', step: 1 } },
  simple(['Space'], 'moving', 'cine'),
  preset('1', 'abdomen'),
  preset('2', 'lung'),
  preset('3', 'bone'),
  preset('4', 'brain'),
  preset('5', 'mediastinum'),
  preset('6', 'liver'),
  simple(['A'], 'window', 'auto'),
  simple(['I'], 'window', 'invert'),
  { keys: ['+'], name: 'command.zoomIn', group: 'picture', command: { do: 'zoom', factor: 1.15 } },
  { keys: ['-'], name: 'command.zoomOut', group: 'picture', command: { do: 'zoom', factor: 1 / 1.15 } },
  { keys: ['Shift+←'], name: 'command.panLeft', group: 'picture', command: { do: 'pan', dx: -0.05, dy: 0 } },
  { keys: ['Shift+→'], name: 'command.panRight', group: 'picture', command: { do: 'pan', dx: 0.05, dy: 0 } },
  { keys: ['Shift+↑'], name: 'command.panUp', group: 'picture', command: { do: 'pan', dx: 0, dy: -0.05 } },
  { keys: ['Shift+↓'], name: 'command.panDown', group: 'picture', command: { do: 'pan', dx: 0, dy: 0.05 } },
  simple(['R'], 'picture', 'turn'),
  { keys: ['H'], name: 'command.flipHorizontal', group: 'picture', command: { do: 'flip', direction: 'horizontal' } },
  { keys: ['V'], name: 'command.flipVertical', group: 'picture', command: { do: 'flip', direction: 'vertical' } },
  simple(['9'], 'picture', 'fit'),
  simple(['0'], 'picture', 'reset'),
  tool('W', 'window'),
  tool('S', 'scroll'),
  tool('P', 'pan'),
  tool('Z', 'zoom'),
  tool('Q', 'region'),
  tool('X', 'crosshairs'),
  tool('L', 'length'),
  tool('G', 'angle'),
  tool('E', 'ellipse'),
  tool('B', 'rectangle'),
  tool('F', 'freehand'),
  tool('O', 'polygon'),
  tool('N', 'arrow'),
  tool('T', 'text'),
  tool('D', 'probe'),
  simple(['Ctrl+Z'], 'tools', 'undo'),
  simple(['Delete'], 'tools', 'remove'),
  simple(['K'], 'tools', 'keyImage'),
  layout('Shift+1', 'one'),
  layout('Shift+2', 'two'),
  layout('Shift+4', 'four'),
  layout('M', 'mpr'),
  layout('Shift+M', 'volume'),
  simple([']'], 'layout', 'next'),
  simple(['Y'], 'layout', 'link'),
  simple(['C'], 'panels', 'texts'),
  simple(['J'], 'panels', 'measurements'),
  simple(['\\'], 'panels', 'overlays'),
  simple(['U'], 'panels', 'report'),
  simple(['Shift+T'], 'panels', 'tags'),
  simple(['Shift+P'], 'panels', 'print'),
  simple(['Shift+S'], 'panels', 'picture'),
  simple(['Shift+F'], 'panels', 'fullscreen'),
  simple(['?'], 'panels', 'help'),
]

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>

const SPELLED: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  ' ': 'Space',
  '=': '+',
  _: '-',
  Backspace: 'Delete',
}

/** Signs that need Shift on some keyboards: the sign counts, not how it is made. */
const SIGNS = '?+-,.'

function spelled(event: Key): string {
  if (/^Digit\d$/.test(event.code) && event.shiftKey) return `Shift+${event.code.slice(5)}`
  const key = SPELLED[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key)
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`
  return event.shiftKey && !SIGNS.includes(key) ? `Shift+${key}` : key
}

const BY_KEY = new Map(KEYMAP.flatMap(({ keys, command }) => keys.map((key) => [key, command] as const)))

export function commandOf(event: Key): Command | null {
  if (event.altKey) return null
  if (event.key === 'Escape') return { do: 'escape' }
  // On some keyboards `?` and `+` are made with Shift and a digit: the sign goes before the digit.
  return (SIGNS.includes(event.key) ? BY_KEY.get(event.key) : undefined) ?? BY_KEY.get(spelled(event)) ?? null
}

/** The first key of a command, for tooltips. */
export const keyOf = (name: string): string | undefined => KEYMAP.find((binding) => binding.name === name)?.keys[0]
