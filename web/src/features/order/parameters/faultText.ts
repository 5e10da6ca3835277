import { useTranslation } from 'react-i18next'
import { number } from '@/lib/format'
import type { Fault } from '@/lib/schema'

export function useFaultText() {
  const { t } = useTranslation('order')
  return (fault: Fault | undefined) =>
    fault && t(`fault.${fault.text}`, { limit: fault.limit === undefined ? '' : number(fault.limit, 3) })
}
