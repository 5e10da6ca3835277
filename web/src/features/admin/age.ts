import { currentLanguage } from '@/lib/i18n'

const STEPS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const

/** How long, in the one unit that says enough: 95 sec, 4 min, 3 hr, 2 days. */
export function age(seconds: number, language = currentLanguage()): string {
  // Below two of a unit the smaller one says more.
  const { unit, seconds: size } = STEPS.find((step) => seconds >= 2 * step.seconds) ?? { unit: 'second', seconds: 1 }
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(
    Math.floor(seconds / size),
  )
}
