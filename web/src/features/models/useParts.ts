import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from '@/lib/toast'
import { changePart, modelPartsKey, modelPartsQuery, type ModelPart } from './api'
import { withChanges, type Changes, type LookChange } from './looks'
import { createSaver, type Saver } from './saver'
import { useEdits } from './useEdits'

/** The parts of a model, with edits that show at once and are saved behind them. */
export function useParts(modelInfoId: string, enabled: boolean) {
  const { t } = useTranslation('models')
  const client = useQueryClient()
  const query = useQuery({ ...modelPartsQuery(modelInfoId), enabled })
  const { parts, edit, forget } = useEdits(query.data)

  const onFailed = useEffectEvent(() => {
    toast('error', t('viewer.saveFailed'), t('viewer.saveFailedDetail'))
    forget()
    void client.invalidateQueries({ queryKey: modelPartsKey(modelInfoId) })
  })
  const saver = useRef<Saver<LookChange>>(null)
  useEffect(() => {
    const made = createSaver<LookChange>((partId, change) => changePart(modelInfoId, partId, change), onFailed)
    saver.current = made
    const flush = () => made.flush()
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [modelInfoId])

  const changeAll = (changes: Changes) => {
    edit(changes)
    // The cache is what the page finds when it is opened again.
    client.setQueryData<ModelPart[]>(modelPartsKey(modelInfoId), (before) => before && withChanges(before, changes))
    for (const [partId, look] of changes) saver.current?.add(partId, look)
  }
  const change = (partId: string, look: LookChange) => changeAll(new Map([[partId, look]]))

  return { query, parts, change, changeAll }
}
