import { CubeIcon } from '@heroicons/react/16/solid'
import { EllipsisVerticalIcon } from '@heroicons/react/20/solid'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { IconButton, Menu, MenuItem, Progress, type Column } from '@/components/ui'
import { useAmount } from '@/components/useAmount'
import type { TaskSummary } from '@/lib/api'
import { number, shortDateTime } from '@/lib/format'
import { allowed, type Action } from './actions'
import { PaymentBadge, StatusBadge, useTypeName } from './status'

export function useTaskColumns(onAction: (task: TaskSummary, action: Action) => void): Column<TaskSummary>[] {
  const { t } = useTranslation(['tasks', 'common'])
  const typeName = useTypeName()
  const amount = useAmount()
  return [
    {
      key: 'name',
      header: t('column.name'),
      sorts: ['name'],
      className: 'w-full max-w-0 min-w-52',
      cell: (task) => (
        <Link
          to="/tasks/$taskId"
          params={{ taskId: task.task_id }}
          title={task.name}
          className="block truncate font-medium hover:text-blue-text hover:underline"
        >
          {task.name || task.order_no}
        </Link>
      ),
    },
    {
      key: 'order',
      header: t('column.order'),
      className: 'hidden 2xl:table-cell whitespace-nowrap text-xs text-muted tnum',
      cell: (task) => task.order_no,
    },
    {
      key: 'type',
      header: t('column.type'),
      className: 'hidden max-w-56 truncate whitespace-nowrap lg:table-cell',
      cell: (task) => typeName(task.task_type),
    },
    {
      key: 'status',
      header: t('column.status'),
      sorts: ['status'],
      className: 'whitespace-nowrap',
      cell: (task) => <StatusBadge status={task.status} />,
    },
    {
      key: 'progress',
      header: t('column.progress'),
      className: 'min-w-36',
      cell: (task) => <TaskProgress task={task} />,
    },
    {
      key: 'price',
      header: t('column.price'),
      align: 'right',
      className: 'hidden lg:table-cell whitespace-nowrap',
      cell: (task) => (task.price && task.price.amount > 0 ? amount(task.price.amount, task.price.unit) : '—'),
    },
    {
      key: 'payment',
      header: t('column.payment'),
      className: 'hidden lg:table-cell whitespace-nowrap',
      cell: (task) => (task.payment_status ? <PaymentBadge status={task.payment_status} /> : '—'),
    },
    {
      key: 'created',
      header: t('column.created'),
      sorts: ['-created_at', 'created_at'],
      className: 'whitespace-nowrap tnum text-muted',
      cell: (task) => shortDateTime(task.created_at),
    },
    {
      key: 'actions',
      header: t('common:list.actions'),
      quiet: true,
      className: 'w-0 py-0',
      cell: (task) => <RowMenu task={task} onAction={onAction} />,
    },
  ]
}

/** While it runs: how far. After: where the 3D models are, or why it failed. */
export function TaskProgress({ task }: { task: TaskSummary }) {
  const { t } = useTranslation('tasks')
  if (task.status === 'COMPLETED' && task.model_info_id) {
    return (
      <Link
        to="/models/$modelInfoId"
        params={{ modelInfoId: task.model_info_id }}
        className="flex w-fit items-center gap-1 text-xs font-medium whitespace-nowrap text-blue-text hover:underline"
      >
        <CubeIcon className="size-4" aria-hidden />
        {t('openModels')}
      </Link>
    )
  }
  if (task.status === 'FAILED') {
    return (
      <span className="block truncate md:max-w-56 text-xs text-muted" title={task.error_message ?? undefined}>
        {task.error_message}
      </span>
    )
  }
  if (task.status !== 'IN_PROGRESS' && task.status !== 'WAITING_INPUT') return null
  return (
    <div className="flex items-center gap-2" title={task.progress_message || undefined}>
      <Progress value={task.progress} label={t('progressOf', { name: task.name })} />
      <span className="tnum w-9 shrink-0 text-right text-xs text-muted">{number(task.progress)}%</span>
    </div>
  )
}

function RowMenu({ task, onAction }: { task: TaskSummary; onAction: (task: TaskSummary, action: Action) => void }) {
  const { t } = useTranslation('tasks')
  const actions = allowed(task)
  if (actions.length === 0) return null
  return (
    <Menu trigger={<IconButton icon={EllipsisVerticalIcon} size="sm" label={t('actionsFor', { name: task.name })} />}>
      {actions.map((action) => (
        <MenuItem key={action} danger={action === 'delete'} onSelect={() => onAction(task, action)}>
          {t(`action.${action}`)}
        </MenuItem>
      ))}
    </Menu>
  )
}
