import { ArrowUpTrayIcon } from '@heroicons/react/20/solid'
import { ClipboardDocumentListIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Card, EmptyState, Page, PagedTable } from '@/components/ui'
import type { TaskSummary } from '@/lib/api'
import { may } from '@/lib/api/access'
import { tasksQuery } from '@/lib/api/tasks'
import { useCan } from '@/lib/hooks/useCan'
import { withPage } from '@/lib/search'
import { TaskConfirm, type Action } from './actions'
import { useTaskColumns } from './columns'
import { TaskCard } from './TaskCard'
import { TaskFilters } from './TaskFilters'
import type { TaskSearch } from './search'

const FROM = '/member/tasks'

export function TasksPage() {
  const { t } = useTranslation(['tasks', 'common'])
  const mayUpload = useCan(may.upload)
  const search = useSearch({ from: FROM })
  const navigate = useNavigate({ from: '/tasks' })
  const change = useCallback(
    (next: Partial<TaskSearch>) =>
      void navigate({ to: '/tasks', search: (old) => ({ ...old, page: undefined, ...next }), replace: true }),
    [navigate],
  )
  const sort = search.sort ?? '-created_at'
  const query = useQuery(tasksQuery({ ...withPage(search), sort }))
  const [asked, setAsked] = useState<{ task: TaskSummary; action: Action | null }>()
  const columns = useTaskColumns((task, action) => setAsked({ task, action }))
  const isFiltered = Boolean(search.q || search.status || search.type)
  const clear = () => change({ q: undefined, status: undefined, type: undefined })

  return (
    <Page
      title={t('title')}
      actions={
        mayUpload && (
          <Button asChild variant="primary" className="hidden md:inline-flex">
            <Link to="/upload">
              <ArrowUpTrayIcon className="size-4" aria-hidden />
              {t('new')}
            </Link>
          </Button>
        )
      }
    >
      <Card>
        <TaskFilters search={search} onChange={change} onClear={isFiltered ? clear : undefined} />
        <PagedTable
          label={t('title')}
          columns={columns}
          query={query}
          rowKey={(task) => task.task_id}
          card={(task) => <TaskCard task={task} />}
          sort={sort}
          onChange={change}
          onClear={isFiltered ? clear : undefined}
          empty={<NoTasks />}
        />
      </Card>
      {asked && (
        <TaskConfirm task={asked.task} action={asked.action} onClose={() => setAsked({ ...asked, action: null })} />
      )}
    </Page>
  )
}

function NoTasks() {
  const { t } = useTranslation('tasks')
  const mayUpload = useCan(may.upload)
  return (
    <EmptyState
      icon={ClipboardDocumentListIcon}
      title={t('emptyTitle')}
      action={
        mayUpload && (
          <Button asChild variant="primary">
            <Link to="/upload">{t('new')}</Link>
          </Button>
        )
      }
    >
      {t(mayUpload ? 'empty' : 'emptyReading')}
    </EmptyState>
  )
}
