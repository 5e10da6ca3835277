import type { Look } from '@/viewer/types'
import type { DisplayConfig, ModelPart } from './api'

export const DEFAULT_BACKGROUND = '#0B1220'

export type LookChange = Partial<Look>

export const lookOf = ({ color, opacity, visible }: Look): Look => ({ color, opacity, visible })

/** What has to change for `part` to look like `wanted`; null when it does already. */
export function difference(part: Look, wanted: LookChange): LookChange | null {
  const change: LookChange = {}
  if (wanted.color !== undefined && wanted.color.toUpperCase() !== part.color.toUpperCase()) change.color = wanted.color
  if (wanted.opacity !== undefined && wanted.opacity !== part.opacity) change.opacity = wanted.opacity
  if (wanted.visible !== undefined && wanted.visible !== part.visible) change.visible = wanted.visible
  return Object.keys(change).length > 0 ? change : null
}

/** By the id of the part. */
export type Changes = ReadonlyMap<string, LookChange>

export const withChanges = (parts: ModelPart[], all: Changes): ModelPart[] =>
  parts.map((part) => {
    const change = all.get(part.model_id)
    return change ? { ...part, ...change } : part
  })

export function merge(before: Changes, more: Changes): Changes {
  const all = new Map(before)
  for (const [id, change] of more) all.set(id, { ...all.get(id), ...change })
  return all
}

function changes(parts: ModelPart[], wanted: (part: ModelPart) => LookChange | undefined): Changes {
  const all = new Map<string, LookChange>()
  for (const part of parts) {
    const change = difference(part, wanted(part) ?? {})
    if (change) all.set(part.model_id, change)
  }
  return all
}

export const showOnly = (parts: ModelPart[], id: string): Changes =>
  changes(parts, (part) => ({ visible: part.model_id === id }))
export const showAll = (parts: ModelPart[]): Changes => changes(parts, () => ({ visible: true }))
/** A tissue that the person's configuration does not name stays as it is. */
export const applyConfig = (parts: ModelPart[], config: DisplayConfig): Changes =>
  changes(parts, (part) => config.tissues[part.tissue])

/** The person's configuration with the looks of these parts; of two parts of a tissue the first one counts. */
export function configFrom(parts: ModelPart[], background: string, before: DisplayConfig | undefined): DisplayConfig {
  const own: Record<string, Look> = {}
  for (const part of parts) own[part.tissue] ??= lookOf(part)
  return { tissues: { ...before?.tissues, ...own }, background }
}

/** What to load first: what shows, solid before clear — bone stands before the skin around it arrives. */
export function loadOrder(parts: ModelPart[]): ModelPart[] {
  return [...parts].sort((a, b) => b.opacity - a.opacity || a.triangles - b.triangles)
}

/** `liver.stl` as a file of another kind. */
export const fileName = (part: ModelPart, kind: 'stl' | 'glb'): string =>
  `${part.stl_name.replace(/\.stl$/i, '')}.${kind}`
