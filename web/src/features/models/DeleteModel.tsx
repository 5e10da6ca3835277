import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/ui'
import { toast } from '@/lib/toast'
import { deleteModel, modelsKey, type ModelInfo } from './api'

export function DeleteModel({ model, onClose }: { model: ModelInfo; onClose: () => void }) {
  const { t } = useTranslation(['models', 'common'])
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteModel(model.model_info_id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: modelsKey })
      toast('success', t('delete.done', { name: model.name }))
      onClose()
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={t('delete.title', { name: model.name })}
      confirm={t('common:action.delete')}
      keep={t('common:action.keep')}
      busy={remove.isPending}
      error={remove.error}
    >
      <p>{t('delete.text', { count: model.model_count })}</p>
    </Confirm>
  )
}
