import { currentLanguage, type Language } from './i18n'

type When = string | number | Date | null | undefined

const cache = new Map<string, Intl.DateTimeFormat>()

function dateFormat(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  let format = cache.get(key)
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options)))
  return format
}

const FULL: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
}
const SHORT: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }

export function dateTime(when: When, language = currentLanguage()): string {
  return when ? dateFormat(language, FULL).format(new Date(when)) : '—'
}

/** Day and minute; the year only when it is not this one. */
export function shortDateTime(when: When, language = currentLanguage()): string {
  if (!when) return '—'
  const at = new Date(when)
  const thisYear = at.getFullYear() === new Date().getFullYear()
  return dateFormat(language, thisYear ? SHORT : { ...SHORT, year: 'numeric' }).format(at)
}

/** A calendar day, from `2026-01-31` or DICOM's `20260131`. It has no time zone, so none is applied. */
export function day(value: string | null | undefined, language = currentLanguage()): string {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(value ?? '')
  if (!match) return value || '—'
  const at = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])))
  return dateFormat(language, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(at)
}

export function number(value: number, digits = 0, language = currentLanguage()): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function bytes(value: number | null | undefined, language = currentLanguage()): string {
  if (value === null || value === undefined) return '—'
  let step = 0
  let rest = value
  while (rest >= 999.5 && step < BYTE_UNITS.length - 1) {
    rest /= 1000
    step += 1
  }
  return `${number(rest, step > 0 && rest < 100 ? 1 : 0, language)} ${BYTE_UNITS[step]}`
}

/** Seconds as `1:05` or `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] ? parts : parts.slice(1)
  return shown.map((part, i) => (i ? String(part).padStart(2, '0') : String(part))).join(':')
}

/** DICOM person name (PS3.5 6.2.1.2): `Family^Given=漢字` in the form the language reads. */
export function personName(pn: string | null | undefined, language = currentLanguage()): string {
  const groups = (pn ?? '').split('=').map((group) => group.trim())
  const chosen = language === 'zh-CN' ? groups[1] || groups[0] : groups[0] || groups[1]
  if (!chosen) return '—'
  const [family = '', given = '', middle = ''] = chosen.split('^')
  if (/\p{Script=Han}/u.test(chosen)) return family + given + middle
  return [family, [given, middle].filter(Boolean).join(' ')].filter(Boolean).join(', ')
}

/** A UID by its beginning and its end, which tell two apart. */
export const shortUid = (uid: string): string => (uid.length > 24 ? `${uid.slice(0, 8)}…${uid.slice(-8)}` : uid)
