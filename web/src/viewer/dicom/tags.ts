import { items, type Dataset, type Element } from './json'

export interface TagRow {
  /** Unique in the list: the path through sequences. */
  path: string
  depth: number
  /** `(0010,0020)` */
  tag: string
  keyword: string
  vr: string
  value: string
}

const LONGEST = 200
const MOST_ITEMS = 20

const spelled = (tag: string): string => `(${tag.slice(0, 4)},${tag.slice(4)})`

function valueText(element: Element): string {
  if (element.BulkDataURI) return '…'
  if (element.InlineBinary) return `${Math.floor((element.InlineBinary.length * 3) / 4)} B`
  const texts = (element.Value ?? []).map((value) => {
    if (value === null || value === undefined) return ''
    if (typeof value === 'object') return Object.values(value).join(' = ')
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
  const joined = texts.join('\\')
  return joined.length > LONGEST ? `${joined.slice(0, LONGEST)}…` : joined
}

/** All attributes of an object as a list, sequences with their items indented below them. */
export function tagRows(ds: Dataset, keywords: Record<string, string>, depth = 0, above = ''): TagRow[] {
  return Object.keys(ds)
    .sort()
    .flatMap((tag) => {
      const element = ds[tag]
      if (!element) return []
      const path = `${above}${tag}`
      const nested = element.vr === 'SQ' ? items(ds, tag) : []
      const row: TagRow = {
        path,
        depth,
        tag: spelled(tag),
        keyword: keywords[tag] ?? (Number.parseInt(tag.slice(0, 4), 16) % 2 === 1 ? 'Private' : ''),
        vr: element.vr,
        value: element.vr === 'SQ' ? `[${nested.length}]` : valueText(element),
      }
      const below = nested
        .slice(0, MOST_ITEMS)
        .flatMap((item, i) => tagRows(item, keywords, depth + 1, `${path}[${i}].`))
      return [row, ...below]
    })
}

/** The rows in which a word occurs, as tag, name or value. */
export function matchingRows(rows: readonly TagRow[], word: string): TagRow[] {
  const wanted = word.trim().toLowerCase()
  if (!wanted) return [...rows]
  const digits = wanted.replace(/[(),\s]/g, '')
  return rows.filter(
    ({ tag, keyword, value }) =>
      keyword.toLowerCase().includes(wanted) ||
      value.toLowerCase().includes(wanted) ||
      tag
        .toLowerCase()
        .replace(/[(),]/g, '')
        .includes(digits || wanted),
  )
}

export const loadKeywords = async (): Promise<Record<string, string>> => (await import('./keywords.json')).default
