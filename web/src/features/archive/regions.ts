import type { Region } from '@/lib/api/archiveTypes'

const LINE = /^(?:([A-Z0-9_]{1,16})\s+)?(\d{1,5})\s+(\d{1,5})\s+(\d{1,5})\s+(\d{1,5})$/

/** Reads areas, one a line: `[modality] x y width height`. Undefined where a line says something else. */
export function regionsFrom(text: string): Region[] | undefined {
  const regions: Region[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (!line) continue
    const found = LINE.exec(line)
    if (!found) return undefined
    const [x, y, width, height] = found.slice(2).map(Number) as [number, number, number, number]
    if (width < 1 || height < 1) return undefined
    regions.push({ x, y, width, height, ...(found[1] ? { modality: found[1] } : {}) })
  }
  return regions
}
