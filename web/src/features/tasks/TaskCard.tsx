import { Link } from '@tanstack/react-router'
import type { TaskSummary } from '@/lib/api'
import { shortDateTime } from '@/lib/format'
import { TaskProgress } from './columns'
import { StatusBadge, useTypeName } from './status'

/** One task in the list on a phone. */
export function TaskCard({ task }: { task: TaskSummary }) {
  const typeName = useTypeName()
  return (
    <div className="flex flex-col gap-1.5 px-4 py-3">
      <div className="flex items-start gap-3">
        <Link to="/tasks/$taskId" params={{ taskId: task.task_id }} className="min-w-0 flex-1 font-medium break-words">
          {task.name || task.order_no}
        </Link>
        <StatusBadge status={task.status} />
      </div>
      <p className="flex justify-between gap-3 text-xs text-muted">
        <span className="min-w-0 truncate">{typeName(task.task_type)}</span>
        <span className="tnum shrink-0">{shortDateTime(task.created_at)}</span>
      </p>
      <TaskProgress task={task} />
    </div>
  )
}
