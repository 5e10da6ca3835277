import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/ui'
import { useAmount } from '@/components/useAmount'
import type { Task, TaskSummary } from '@/lib/api'
import { pointsKey } from '@/lib/api/points'
import { actOnTask, deleteTask, taskKey, tasksKey, type TaskAction } from '@/lib/api/tasks'
import { toast } from '@/lib/toast'

export type Action = TaskAction | 'delete'
export const ACTIONS: Action[] = ['pay', 'retry', 'cancel', 'delete']

type AnyTask = Task | TaskSummary

export const allowed = (task: AnyTask) => ACTIONS.filter((action) => task.can[action])

export interface TaskConfirmProps {
  task: AnyTask
  action: Action | null
  onClose: () => void
  onDeleted?: () => void
  /** Running again is a new task with an order of its own. */
  onRetried?: (taskId: string) => void
}

/** Asks before acting: what stops, what it costs, what is lost. */
export function TaskConfirm({ task, action, onClose, onDeleted, onRetried }: TaskConfirmProps) {
  const { t } = useTranslation(['tasks', 'common'])
  const amount = useAmount()
  const queryClient = useQueryClient()
  const [shown, setShown] = useState<Action>('cancel')
  if (action && action !== shown) setShown(action)
  const id = task.task_id

  const act = useMutation({
    mutationFn: async (wanted: Action): Promise<unknown> =>
      wanted === 'delete' ? deleteTask(id) : actOnTask(id, wanted),
    onSuccess: (answer, wanted) => {
      onClose()
      toast('success', t(`done.${wanted}`, { name: task.name }))
      if (wanted === 'retry') onRetried?.((answer as Task).task_id)
      if (wanted === 'delete') {
        onDeleted?.()
        queryClient.removeQueries({ queryKey: taskKey(id) })
      }
      void queryClient.invalidateQueries({ queryKey: tasksKey })
      void queryClient.invalidateQueries({ queryKey: pointsKey })
    },
  })

  const price = task.price ? amount(task.price.amount, task.price.unit) : null
  const isHeld = task.payment_status === 'PAID' && task.status !== 'COMPLETED'
  const close = () => {
    act.reset()
    onClose()
  }
  return (
    <Confirm
      open={action !== null}
      onClose={close}
      onConfirm={() => act.mutate(shown)}
      busy={act.isPending}
      error={act.error}
      danger={shown === 'cancel' || shown === 'delete'}
      title={t(`ask.${shown}.title`, { name: task.name })}
      confirm={t(`action.${shown}`)}
      keep={shown === 'cancel' ? t('ask.cancel.keep') : undefined}
    >
      <p>{shown === 'delete' ? t('ask.delete.text', { count: task.result_count }) : t(`ask.${shown}.text`)}</p>
      {shown === 'cancel' && isHeld && price && <p>{t('ask.cancel.refund', { price })}</p>}
      {shown === 'retry' && price && <p>{t('ask.retry.price', { price })}</p>}
      {shown === 'pay' && price && <p>{t('ask.pay.price', { price })}</p>}
    </Confirm>
  )
}
