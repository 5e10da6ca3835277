import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, errorText } from '@/components/ui'
import type { Task } from '@/lib/api'
import { api } from '@/lib/api/client'
import { toast } from '@/lib/toast'

/** Keeps what a model found with the images it was found in, as DICOM SEG: from then on the viewer lays it over them. */
export function SaveSegmentation({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const { t: common } = useTranslation()
  const queryClient = useQueryClient()
  const { task_id, study_uid, series_uid, results } = task
  const save = useMutation({
    mutationFn: (studyUid: string) => {
      const body = new FormData()
      body.set('wish', JSON.stringify({ task_id, series_uid, description: task.name.slice(0, 64) }))
      return api.post(`/studies/${encodeURIComponent(studyUid)}/overlays/seg`, { body })
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['overlays', study_uid] }),
    onError: (error) => {
      const { title, detail } = errorText(error, common)
      toast('error', t('segmentation.failed'), detail ?? title)
    },
  })
  if (!study_uid || !series_uid || !results.some(({ kind, url }) => kind === 'label_map' && url)) return null
  if (save.isSuccess) {
    return (
      <Link
        to="/studies/$studyUid/view"
        params={{ studyUid: study_uid }}
        className="text-xs font-medium text-blue-text hover:underline"
      >
        {t('segmentation.view')}
      </Link>
    )
  }
  return (
    <Button size="sm" busy={save.isPending} onClick={() => save.mutate(study_uid)}>
      {t('segmentation.save')}
    </Button>
  )
}
