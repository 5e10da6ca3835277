import { ArrowUpTrayIcon } from '@heroicons/react/20/solid'
import { ClipboardDocumentListIcon, MagnifyingGlassIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Card, DataTable, EmptyState, Page, Pagination } from '@/components/ui'
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
  const { data } = query

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
        <TaskFilters search={search} onChange={change} />
        <DataTable
          label={t('title')}
          columns={columns}
          rows={data?.items}
          rowKey={(task) => task.task_id}
          card={(task) => <TaskCard task={task} />}
          error={query.error}
          onRetry={() => void query.refetch()}
          stale={query.isPlaceholderData}
          sort={sort}
          onSort={(next) => change({ sort: next as TaskSearch['sort'] })}
          empty={
            isFiltered ? (
              <NoMatches onClear={() => change({ q: undefined, status: undefined, type: undefined })} />
            ) : (
              <NoTasks />
            )
          }
        />
        {data && (
          <Pagination
            page={data.page}
            size={data.size}
            total={data.total}
            onPage={(page) => change({ page })}
            onSize={(size) => change({ size })}
          />
        )}
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

function NoMatches({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={MagnifyingGlassIcon}
      title={t('state.noResultsTitle')}
      action={<Button onClick={onClear}>{t('action.clearFilters')}</Button>}
    />
  )
}
