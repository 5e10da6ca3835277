import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { toast } from '@/lib/toast'
import { displayConfigQuery, saveDisplayConfig, type DisplayConfig, type ModelPart } from './api'
import { applyConfig, configFrom, type Changes } from './looks'

interface Given {
  parts: ModelPart[] | undefined
  background: string
  config: DisplayConfig | undefined
  changeAll: (changes: Changes) => void
  setBackground: (color: string | undefined) => void
}

export interface DisplayDefaults {
  reset: () => void
  save: () => void
  saving: boolean
}

/** The person's own way of showing tissues: put it on this model, or take it from this model. */
export function useDisplayDefaults(given: Given): DisplayDefaults | undefined {
  const { parts, background, config, changeAll, setBackground } = given
  const { t } = useTranslation('models')
  const client = useQueryClient()
  const saving = useMutation({
    mutationFn: saveDisplayConfig,
    onSuccess: (_, next) => {
      client.setQueryData(displayConfigQuery.queryKey, next)
      toast('success', t('parts.defaultSaved'))
    },
    onError: () => toast('error', t('parts.defaultFailed')),
  })
  // Without the configuration as it stands, saving would drop the tissues that this model lacks.
  if (!parts || !config) return undefined
  return {
    reset() {
      changeAll(applyConfig(parts, config))
      setBackground(undefined)
    },
    save: () => saving.mutate(configFrom(parts, background, config)),
    saving: saving.isPending,
  }
}
