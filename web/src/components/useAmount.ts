import { useTranslation } from 'react-i18next'
import type { Unit } from '@/lib/api'
import { number } from '@/lib/format'

/** Writes an amount with its unit, as the reader's language counts: 1 low point, 10 low points. */
export function useAmount(): (amount: number, unit: Unit) => string {
  const { t } = useTranslation()
  return (amount, unit) => t(`amount.${unit}`, { count: amount, shown: number(amount) })
}
