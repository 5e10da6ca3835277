import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from '@/lib/toast'
import { changePart, modelPartsKey, modelPartsQuery, type ModelPart } from './api'
import { withChange, type Changes, type LookChange } from './looks'
import { createSaver } from './saver'

/** The parts of a model, with edits that show at once and are saved behind them. */
export function useParts(modelInfoId: string, enabled: boolean) {
  const { t } = useTranslation('models')
  const client = useQueryClient()
  const query = useQuery({ ...modelPartsQuery(modelInfoId), enabled })

  const saver = useMemo(
    () =>
      createSaver<LookChange>(
        (partId, change) => changePart(modelInfoId, partId, change),
        () => {
          toast('error', t('viewer.saveFailed'), t('viewer.saveFailedDetail'))
          void client.invalidateQueries({ queryKey: modelPartsKey(modelInfoId) })
        },
      ),
    [client, modelInfoId, t],
  )
  useEffect(() => {
    const flush = () => saver.flush()
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [saver])

  const change = (partId: string, look: LookChange) => {
    client.setQueryData<ModelPart[]>(modelPartsKey(modelInfoId), (parts) => parts && withChange(parts, partId, look))
    saver.add(partId, look)
  }
  const changeAll = (changes: Changes) => changes.forEach((look, partId) => change(partId, look))

  return { query, change, changeAll }
}
