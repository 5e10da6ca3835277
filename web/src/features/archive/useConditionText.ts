import { useTranslation } from 'react-i18next'
import type { Conditions } from '@/lib/api/archiveTypes'

/** Says in words what a series must be. */
export function useConditionText(): (conditions: Conditions) => string {
  const { t } = useTranslation('archive')
  return (is) => {
    const said = [
      is.modality.join(', '),
      is.body_part && `${t('condition.body_part')} ${is.body_part}`,
      is.description && `${t('condition.description')} “${is.description}”`,
      is.min_slices && t('condition.atLeast', { count: is.min_slices }),
      is.max_slices && t('condition.atMost', { count: is.max_slices }),
      is.source && `${t('condition.source')} ${is.source}`,
      is.sop_class.length > 0 && `${t('condition.sop_class')} ${is.sop_class.join(', ')}`,
    ].filter(Boolean)
    return said.length ? said.join(' · ') : t('condition.any')
  }
}
