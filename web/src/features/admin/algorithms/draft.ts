/** A model's manifest as the form holds it: numbers as they are typed, both languages side by side. */
export interface Pair {
  en: string
  zh: string
}

export type Three = [string, string, string]

export interface LabelDraft {
  name: string
  title: Pair
  color: string
  keep: 'all' | 'largest'
  min_volume_ml: string
}

export interface Draft {
  name: string
  version: string
  title: Pair
  description: Pair
  intended_use: Pair
  licence: string
  axes: string
  /** Empty: as scanned. */
  spacing: Three
  window: [string, string]
  normalise: 'none' | 'range' | 'zscore'
  /** low and high of a range, mean and deviation of a z-score */
  numbers: [string, string]
  patch: Three
  overlap: string
  blending: 'gaussian' | 'constant'
  output: 'argmax' | 'sigmoid' | 'threshold'
  threshold: string
  labels: LabelDraft[]
  surfaces: boolean
  memory_mb: string
  memory_mb_per_mvoxel: string
  start_to_close_s: string
  schedule_to_start_s: string
}

const nothing = (): Pair => ({ en: '', zh: '' })

export const newLabel = (): LabelDraft => ({
  name: '',
  title: nothing(),
  color: '#5DADE2',
  keep: 'all',
  min_volume_ml: '0',
})

export const emptyDraft = (): Draft => ({
  name: '',
  version: '1.0.0',
  title: nothing(),
  description: nothing(),
  intended_use: nothing(),
  licence: '',
  axes: 'SPL',
  spacing: ['', '', ''],
  window: ['', ''],
  normalise: 'none',
  numbers: ['0', '1'],
  patch: ['', '', ''],
  overlap: '0.5',
  blending: 'gaussian',
  output: 'argmax',
  threshold: '0.5',
  labels: [newLabel()],
  surfaces: true,
  memory_mb: '2048',
  memory_mb_per_mvoxel: '6',
  start_to_close_s: '3600',
  schedule_to_start_s: '21600',
})

const numbers = (texts: string[]) => texts.map(Number)
const isBlank = (texts: string[]) => texts.every((text) => text.trim() === '')
const both = ({ en, zh }: Pair) => ({ en, 'zh-CN': zh })

export function manifestOf(draft: Draft): Record<string, unknown> {
  const [first, second] = numbers(draft.numbers)
  return {
    name: draft.name,
    version: draft.version,
    title: both(draft.title),
    ...(isBlank([draft.description.en, draft.description.zh]) ? {} : { description: both(draft.description) }),
    intended_use: both(draft.intended_use),
    licence: draft.licence,
    input: {
      axes: draft.axes,
      spacing_mm: isBlank(draft.spacing) ? null : numbers(draft.spacing),
      window_hu: isBlank(draft.window) ? null : numbers(draft.window),
      normalise:
        draft.normalise === 'range'
          ? { kind: 'range', low: first, high: second }
          : draft.normalise === 'zscore'
            ? { kind: 'zscore', mean: first, std: second }
            : { kind: 'none' },
    },
    patch: { size: numbers(draft.patch), overlap: Number(draft.overlap), blending: draft.blending },
    output: {
      kind: draft.output,
      ...(draft.output === 'argmax' ? {} : { threshold: Number(draft.threshold) }),
    },
    labels: draft.labels.map((label) => ({
      name: label.name,
      title: both(label.title),
      color: label.color,
      keep: label.keep,
      min_volume_ml: Number(label.min_volume_ml),
    })),
    surfaces: draft.surfaces,
    memory_mb: Number(draft.memory_mb),
    memory_mb_per_mvoxel: Number(draft.memory_mb_per_mvoxel),
    start_to_close_s: Number(draft.start_to_close_s),
    schedule_to_start_s: Number(draft.schedule_to_start_s),
  }
}

type Raw = Record<string, unknown>
const object = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const text = (value: unknown, otherwise: string) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise
const oneOf = <T extends string>(value: unknown, choices: readonly T[], otherwise: T): T =>
  choices.find((choice) => choice === value) ?? otherwise
const pair = (value: unknown): Pair => ({ en: text(object(value).en, ''), zh: text(object(value)['zh-CN'], '') })
const three = (value: unknown): Three => {
  const [a, b, c] = list(value)
  return [text(a, ''), text(b, ''), text(c, '')]
}

/** Fills the form from a manifest that was written elsewhere; what it does not say keeps its default. */
export function draftOf(manifest: unknown): Draft {
  const empty = emptyDraft()
  const said = object(manifest)
  const input = object(said.input)
  const how = object(input.normalise)
  const patch = object(said.patch)
  const output = object(said.output)
  const [low, high] = list(input.window_hu)
  const normalise = oneOf(how.kind, ['none', 'range', 'zscore'] as const, 'none')
  const labels = list(said.labels).map(object)
  return {
    name: text(said.name, ''),
    version: text(said.version, empty.version),
    title: pair(said.title),
    description: pair(said.description),
    intended_use: pair(said.intended_use),
    licence: text(said.licence, ''),
    axes: text(input.axes, empty.axes),
    spacing: three(input.spacing_mm),
    window: [text(low, ''), text(high, '')],
    normalise,
    numbers:
      normalise === 'zscore' ? [text(how.mean, '0'), text(how.std, '1')] : [text(how.low, '0'), text(how.high, '1')],
    patch: three(patch.size),
    overlap: text(patch.overlap, empty.overlap),
    blending: oneOf(patch.blending, ['gaussian', 'constant'] as const, 'gaussian'),
    output: oneOf(output.kind, ['argmax', 'sigmoid', 'threshold'] as const, 'argmax'),
    threshold: text(output.threshold, empty.threshold),
    labels: labels.length === 0 ? empty.labels : labels.map(labelOf),
    surfaces: said.surfaces === true,
    memory_mb: text(said.memory_mb, empty.memory_mb),
    memory_mb_per_mvoxel: text(said.memory_mb_per_mvoxel, empty.memory_mb_per_mvoxel),
    start_to_close_s: text(said.start_to_close_s, empty.start_to_close_s),
    schedule_to_start_s: text(said.schedule_to_start_s, empty.schedule_to_start_s),
  }
}

function labelOf(label: Raw): LabelDraft {
  const empty = newLabel()
  return {
    name: text(label.name, ''),
    title: pair(label.title),
    color: text(label.color, empty.color),
    keep: oneOf(label.keep, ['all', 'largest'] as const, 'all'),
    min_volume_ml: text(label.min_volume_ml, empty.min_volume_ml),
  }
}
