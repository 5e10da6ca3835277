import { CheckCircleIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  DataTable,
  EmptyState,
  Pagination,
  Select,
  type Column,
} from '@/components/ui'
import type { DeadLetter } from '@/lib/api'
import { may } from '@/lib/api/access'
import { profileQuery } from '@/lib/api/account'
import { deadLettersQuery } from '@/lib/api/fleet'
import { dateTime, shortDateTime } from '@/lib/format'
import { withPage } from '@/lib/search'
import { RedriveConfirm } from './RedriveConfirm'
import type { QueueSearch } from './search'

export function DeadLetters() {
  const { t } = useTranslation(['admin', 'common'])
  const { letters, ...paging } = useSearch({ from: '/member/admin/queues' })
  const navigate = useNavigate({ from: '/admin/queues' })
  const change = (next: Partial<QueueSearch>) =>
    void navigate({ to: '/admin/queues', search: (old) => ({ ...old, page: undefined, ...next }), replace: true })
  const redriven = letters === 'redriven'
  const query = useQuery(deadLettersQuery({ ...withPage(paging), redriven }))
  const canManage = may.manageQueues(useQuery(profileQuery).data)
  const [asked, setAsked] = useState<DeadLetter>()
  const end = (letter: DeadLetter) => {
    if (letter.redriven_at)
      return (
        <span title={dateTime(letter.redriven_at)}>
          <Badge tone="green">{t('letters.sentAt', { time: shortDateTime(letter.redriven_at) })}</Badge>
        </span>
      )
    // What is neither a job nor an offer can be looked at only.
    return (
      canManage &&
      letter.kind !== 'other' && (
        <Button
          size="sm"
          aria-label={t('letters.redriveOf', { name: nameOf(letter) ?? t('letterKind.offer') })}
          onClick={() => setAsked(letter)}
        >
          {t('letters.redrive')}
        </Button>
      )
    )
  }
  const columns: Column<DeadLetter>[] = [
    {
      key: 'died',
      header: t('letters.died'),
      cell: (letter) => shortDateTime(letter.died_at),
      className: 'tnum whitespace-nowrap text-muted',
    },
    {
      key: 'what',
      header: t('letters.what'),
      className: 'w-1/2 min-w-72',
      cell: (letter) => <What letter={letter} />,
    },
    {
      key: 'reason',
      header: t('letters.reason'),
      className: 'w-1/2 min-w-48 break-words',
      cell: (l) => l.reason || '—',
    },
    {
      key: 'queue',
      header: t('letters.queue'),
      cell: (letter) => letter.queue,
      className: 'whitespace-nowrap text-muted',
    },
    { key: 'end', header: t('common:list.actions'), quiet: true, cell: end, className: 'w-0 text-right' },
  ]
  const { data } = query
  return (
    <Card>
      <CardHeader
        title={t('letters.title')}
        note={t('letters.note')}
        actions={
          <Select
            aria-label={t('letters.show')}
            className="w-auto"
            value={letters ?? 'waiting'}
            onChange={(event) => change({ letters: event.target.value === 'redriven' ? 'redriven' : undefined })}
          >
            <option value="waiting">{t('letters.waiting')}</option>
            <option value="redriven">{t('letters.redriven')}</option>
          </Select>
        }
      />
      <DataTable
        label={t('letters.title')}
        columns={columns}
        rows={data?.items}
        rowKey={(letter) => String(letter.id)}
        skeletonRows={2}
        stale={query.isPlaceholderData}
        card={(letter) => (
          <div className="flex flex-col gap-1.5 px-4 py-3">
            <What letter={letter} />
            <p className="text-sm break-words">{letter.reason}</p>
            <div className="flex items-center gap-3">
              <p className="tnum min-w-0 flex-1 truncate text-xs text-muted">
                {shortDateTime(letter.died_at)} · {letter.queue}
              </p>
              {end(letter)}
            </div>
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState
            icon={CheckCircleIcon}
            title={t(redriven ? 'letters.noneRedriven' : 'letters.emptyTitle')}
            className="py-8"
          >
            {!redriven && t('letters.empty')}
          </EmptyState>
        }
      />
      {data && <Pagination page={data.page} size={data.size} total={data.total} onPage={(page) => change({ page })} />}
      {asked && (
        <RedriveConfirm
          letter={asked}
          name={nameOf(asked) ?? t('letterKind.offer')}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Card>
  )
}

/** The job's name; an offer to an engine has none. */
const nameOf = ({ body }: DeadLetter) => (typeof body.name === 'string' ? body.name : undefined)

/** What the message asked for. It carries ids only, never anything of a patient. */
function What({ letter }: { letter: DeadLetter }) {
  const { t } = useTranslation('admin')
  const name = nameOf(letter)
  const kind = t(`letterKind.${known(letter.kind)}`)
  const details = JSON.stringify(letter.body.arguments ?? letter.body)
  return (
    <div className="min-w-0 py-1">
      <p className="font-medium break-all">
        {name ?? kind}
        {name && <span className="ml-2 text-xs font-normal text-muted">{kind}</span>}
      </p>
      {details !== '{}' && <p className="font-mono text-xs break-all text-muted">{details}</p>}
    </div>
  )
}

const known = (kind: string) => (kind === 'job' || kind === 'offer' ? kind : 'other')
