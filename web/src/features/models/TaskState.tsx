import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Badge, Progress, Skeleton, type Tone } from '@/components/ui'
import { taskQuery } from '@/lib/api/tasks'
import type { TaskStatus } from '@/lib/api/types'

const TONE: Record<TaskStatus, Tone> = {
  CREATED: 'grey',
  QUEUED: 'grey',
  ASSIGNED: 'blue',
  IN_PROGRESS: 'blue',
  WAITING_INPUT: 'amber',
  COMPLETED: 'green',
  FAILED: 'red',
  CANCELLED: 'grey',
}

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
        <Badge tone={TONE[task.status]} dot active={moving}>
          {t(`task.${task.status}`)}
          {moving && ` ${Math.round(task.progress)} %`}
        </Badge>
      </Link>
      {bar && moving && <Progress value={task.progress} label={t('task.progress')} />}
    </>
  )
}
