import { CalendarDaysIcon, ClipboardDocumentListIcon, RectangleStackIcon } from '@heroicons/react/20/solid'
import { ClockIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card, CardHeader, EmptyState, ErrorState, Pagination, Skeleton } from '@/components/ui'
import type { TimelineEntry } from '@/lib/api'
import { timelineQuery } from '@/lib/api/patients'
import { number, shortDateTime } from '@/lib/format'

const SIZE = 10
const ICONS = { visit: CalendarDaysIcon, study: RectangleStackIcon, task: ClipboardDocumentListIcon }

export function Timeline({ patientId }: { patientId: string }) {
  const { t } = useTranslation('patients')
  const [page, setPage] = useState(1)
  const query = useQuery(timelineQuery(patientId, { page, size: SIZE }))
  const { data, error } = query
  return (
    <Card>
      <CardHeader title={t('timeline.title')} note={data && number(data.total)} />
      {error && !data && <ErrorState error={error} onRetry={() => void query.refetch()} />}
      {!data && !error && <Skeleton className="m-4 h-20" />}
      {data?.items.length === 0 && (
        <EmptyState icon={ClockIcon} title={t('timeline.emptyTitle')}>
          {t('timeline.empty')}
        </EmptyState>
      )}
      <ol className="divide-y divide-line">
        {data?.items.map((entry) => (
          <li key={entry.kind + entry.id} className="flex items-start gap-3 px-4 py-2.5">
            <Entry entry={entry} />
          </li>
        ))}
      </ol>
      {data && data.total > SIZE && (
        <Pagination page={data.page} size={data.size} total={data.total} onPage={setPage} />
      )}
    </Card>
  )
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation('patients')
  const Mark = ICONS[entry.kind]
  const kind = t(`timeline.kinds.${entry.kind}`)
  const modalities = Array.isArray(entry.details.modalities) ? entry.details.modalities.join(', ') : ''
  return (
    <>
      <Mark className="mt-0.5 size-4 shrink-0 text-grey" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="truncate">
          <span className="mr-2 text-xs text-muted">{kind}</span>
          <EntryLink entry={entry}>{entry.title || modalities || kind}</EntryLink>
        </p>
        {entry.title && modalities && <p className="text-xs text-muted">{modalities}</p>}
      </div>
      <time dateTime={entry.at} className="tnum shrink-0 text-xs text-muted">
        {shortDateTime(entry.at)}
      </time>
    </>
  )
}

function EntryLink({ entry, children }: { entry: TimelineEntry; children: React.ReactNode }) {
  const style = 'font-medium hover:text-blue-text hover:underline'
  if (entry.kind === 'study')
    return (
      <Link to="/studies/$studyUid" params={{ studyUid: entry.id }} className={style}>
        {children}
      </Link>
    )
  if (entry.kind === 'task')
    return (
      <Link to="/tasks/$taskId" params={{ taskId: entry.id }} className={style}>
        {children}
      </Link>
    )
  return <span className="font-medium">{children}</span>
}
