import { CubeIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Callout, Card, CardBody, ErrorState, Page, Progress, Skeleton } from '@/components/ui'
import type { Task } from '@/lib/api'
import { taskQuery } from '@/lib/api/tasks'
import { number } from '@/lib/format'
import { allowed, TaskConfirm, type Action } from './actions'
import { IngestPanel } from './IngestPanel'
import { LabelVolumes } from './LabelVolumes'
import { Results } from './Results'
import { isActive, StatusBadge, useTypeName } from './status'
import { TaskFacts } from './TaskFacts'
import { Timeline } from './Timeline'

export function TaskPage() {
  const { taskId } = useParams({ from: '/member/tasks/$taskId' })
  const { t } = useTranslation('tasks')
  const query = useQuery(taskQuery(taskId))
  const back = (
    <Link to="/tasks" className="text-blue-text hover:underline">
      {t('title')}
    </Link>
  )
  if (query.error && !query.data) {
    return (
      <Page title={t('task')} back={back}>
        <Card>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      </Page>
    )
  }
  if (!query.data) {
    return (
      <Page title={t('task')} back={back}>
        <div className="grid gap-4 xl:grid-cols-3" aria-busy>
          <Skeleton className="h-48 rounded-md xl:col-span-2" />
          <Skeleton className="h-48 rounded-md" />
        </div>
      </Page>
    )
  }
  return <TaskDetail task={query.data} back={back} />
}

function TaskDetail({ task, back }: { task: Task; back: React.ReactNode }) {
  const { t } = useTranslation('tasks')
  const navigate = useNavigate()
  const typeName = useTypeName()
  const [action, setAction] = useState<Action | null>(null)
  const variant = { pay: 'primary', retry: 'secondary', cancel: 'secondary', delete: 'dangerQuiet' } as const
  return (
    <Page
      title={task.name || task.order_no}
      note={[typeName(task.task_type), task.algorithm_version].filter(Boolean).join(' ')}
      back={back}
      actions={
        <>
          {allowed(task).map((name) => (
            <Button key={name} variant={variant[name]} onClick={() => setAction(name)}>
              {t(`action.${name}`)}
            </Button>
          ))}
          {task.status === 'COMPLETED' && task.model_info_id && (
            <Button asChild variant="primary">
              <Link to="/models/$modelInfoId" params={{ modelInfoId: task.model_info_id }}>
                <CubeIcon className="size-4" aria-hidden />
                {t('openModels')}
              </Link>
            </Button>
          )}
        </>
      }
    >
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <StatusCard task={task} />
          {task.upload_id && <IngestPanel uploadId={task.upload_id} />}
          <LabelVolumes task={task} />
          <Results task={task} />
          <Timeline task={task} />
        </div>
        <TaskFacts task={task} />
      </div>
      <TaskConfirm
        task={task}
        action={action}
        onClose={() => setAction(null)}
        onRetried={(next) => void navigate({ to: '/tasks/$taskId', params: { taskId: next } })}
        onDeleted={() => void navigate({ to: '/tasks', replace: true })}
      />
    </Page>
  )
}

function StatusCard({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const { status, progress, error_message: reason, failure_code: code } = task
  const running = isActive(status) || status === 'WAITING_INPUT'
  return (
    <Card>
      <CardBody className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-3">
          <span aria-live="polite">
            <StatusBadge status={status} />
          </span>
          <p className="min-w-0 flex-1 text-muted">
            {(status === 'IN_PROGRESS' && task.progress_message) || t(`meaning.${status}`)}
          </p>
          {running && <span className="tnum font-semibold">{number(progress)}%</span>}
        </div>
        {running && <Progress value={progress} label={t('progressOf', { name: task.name })} className="h-2" />}
        {status === 'FAILED' && (
          <Callout tone="danger" title={reason ?? t('failedWithoutReason')}>
            {code && <span className="text-xs text-muted">{code}</span>}
          </Callout>
        )}
      </CardBody>
    </Card>
  )
}
