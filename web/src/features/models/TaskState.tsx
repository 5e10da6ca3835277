import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { TASK_TONE } from '@/components/taskTone'
import { Badge, Progress, Skeleton } from '@/components/ui'
import { taskQuery } from '@/lib/api/tasks'

/** How far the task is that will deliver the model; kept up to date by live events. */
export function TaskState({ taskId, bar }: { taskId: string; bar?: boolean }) {
  const { t } = useTranslation('models')
  const { data: task, isPending } = useQuery(taskQuery(taskId))
  if (isPending) return <Skeleton className="h-5 w-24" />
  if (!task) return <Badge>{t('status.DISABLED')}</Badge>
  const moving = task.status === 'ASSIGNED' || task.status === 'IN_PROGRESS'
  return (
    <>
      <Link to="/tasks/$taskId" params={{ taskId }} className="rounded-sm" title={t('task.open')}>
        <Badge tone={TASK_TONE[task.status]} dot active={moving}>
          {t(`task.${task.status}`)}
          {moving && ` ${Math.round(task.progress)} %`}
        </Badge>
      </Link>
      {bar && moving && <Progress value={task.progress} label={t('task.progress')} />}
    </>
  )
}
