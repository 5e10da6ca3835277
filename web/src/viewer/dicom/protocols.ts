import type { PresetName } from './windows'

/** What is known of a series before its metadata is read. */
export interface SeriesFacts {
  series_uid: string
  modality: string
  description: string | null
  body_part: string | null
  number: number | null
  instance_count: number
}

export interface Hung {
  seriesUid: string
  /** null: what the scanner proposes. */
  preset: PresetName | null
  prior: boolean
}

/** How a study is hung when it is opened: pane by pane. */
export interface Hanging {
  name: string
  layout: '1x1' | '1x2' | '2x2'
  panes: Hung[]
}

interface Protocol {
  name: string
  modality: RegExp
  /** Of the body part examined, or of a word in the description; nothing fits every one. */
  part?: RegExp
  preset: PresetName | null
}

/** First fitting first. */
const PROTOCOLS: readonly Protocol[] = [
  { name: 'ctHead', modality: /^CT$/, part: /head|brain|skull|头|颅|脑/i, preset: 'brain' },
  { name: 'ctLung', modality: /^CT$/, part: /lung|肺/i, preset: 'lung' },
  { name: 'ctChest', modality: /^CT$/, part: /chest|thorax|胸/i, preset: 'mediastinum' },
  { name: 'ctLiver', modality: /^CT$/, part: /liver|肝/i, preset: 'liver' },
  { name: 'ctSpine', modality: /^CT$/, part: /spine|bone|extremity|pelvis bone|脊|骨/i, preset: 'bone' },
  { name: 'ctBody', modality: /^CT$/, preset: 'abdomen' },
  { name: 'other', modality: /^/, preset: null },
]

const LOCALIZER = /localizer|scout|topogram|surview|定位/i

/** Slices before localizers, thin before thick, in the order of their numbers. */
function reading(series: readonly SeriesFacts[]): SeriesFacts[] {
  const isLocalizer = (each: SeriesFacts) => LOCALIZER.test(each.description ?? '')
  return [...series].sort(
    (a, b) => Number(isLocalizer(a)) - Number(isLocalizer(b)) || (a.number ?? 1e9) - (b.number ?? 1e9),
  )
}

export function protocolOf({ modality, body_part, description }: SeriesFacts): Protocol {
  const said = `${body_part ?? ''} ${description ?? ''}`
  return PROTOCOLS.find((each) => each.modality.test(modality) && (!each.part || each.part.test(said)))!
}

/** The series of another study that shows the same: of the same kind, then of the same part, then the largest. */
export function comparable(series: SeriesFacts, others: readonly SeriesFacts[]): SeriesFacts | undefined {
  const name = protocolOf(series).name
  const fit = (each: SeriesFacts) =>
    (protocolOf(each).name === name ? 2 : 0) + (each.body_part && each.body_part === series.body_part ? 1 : 0)
  return reading(others.filter(({ modality }) => modality === series.modality)).sort(
    (a, b) => fit(b) - fit(a) || b.instance_count - a.instance_count,
  )[0]
}

/** Hangs a study: its first series, and beside it the same of the study before, where there is one. */
export function hang(series: readonly SeriesFacts[], prior: readonly SeriesFacts[] = []): Hanging | null {
  const [first] = reading(series)
  if (!first) return null
  const protocol = protocolOf(first)
  const pane: Hung = { seriesUid: first.series_uid, preset: protocol.preset, prior: false }
  const before = comparable(first, prior)
  if (!before) return { name: protocol.name, layout: '1x1', panes: [pane] }
  return {
    name: protocol.name,
    layout: '1x2',
    panes: [pane, { seriesUid: before.series_uid, preset: protocol.preset, prior: true }],
  }
}
