const BROWSERS: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

const first = (table: [RegExp, string][], text: string) => table.find(([pattern]) => pattern.test(text))?.[1]

/** A browser and system that a person recognizes, from a User-Agent; other clients by their own first word. */
export function deviceName(userAgent: string | null): string {
  if (!userAgent) return '—'
  const known = [first(BROWSERS, userAgent), first(SYSTEMS, userAgent)].filter(Boolean)
  return known.join(' · ') || (userAgent.split(/[\s/]/)[0] ?? userAgent)
}
