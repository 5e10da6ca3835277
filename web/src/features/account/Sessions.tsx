import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ComputerDesktopIcon } from '@heroicons/react/24/solid'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, CardHeader, Confirm, DataTable, EmptyState, type Column } from '@/components/ui'
import type { Session } from '@/lib/api'
import { revokeSession, sessionsQuery } from '@/lib/api/account'
import { shortDateTime } from '@/lib/format'
import { deviceName } from './device'

export function Sessions() {
  const { t } = useTranslation(['profile', 'common'])
  const queryClient = useQueryClient()
  const query = useQuery(sessionsQuery)
  const [asked, setAsked] = useState<Session>()
  const [open, setOpen] = useState(false)
  const revoke = useMutation({
    mutationFn: revokeSession,
    onSuccess: () => {
      setOpen(false)
      return queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey })
    },
  })
  const ask = (session: Session) => {
    revoke.reset()
    setAsked(session)
    setOpen(true)
  }
  const action = (session: Session) =>
    session.current ? (
      <Badge tone="green" dot>
        {t('thisDevice')}
      </Badge>
    ) : (
      <Button size="sm" variant="dangerQuiet" onClick={() => ask(session)}>
        {t('revoke')}
      </Button>
    )
  const columns: Column<Session>[] = [
    {
      key: 'device',
      header: t('device'),
      className: 'font-medium',
      cell: (session) => <span title={session.user_agent ?? undefined}>{deviceName(session.user_agent)}</span>,
    },
    { key: 'address', header: t('address'), cell: (session) => session.address ?? '—', className: 'tnum text-muted' },
    { key: 'since', header: t('signedIn'), cell: (session) => shortDateTime(session.created_at), className: 'tnum' },
    { key: 'used', header: t('lastUsed'), cell: (session) => shortDateTime(session.last_used_at), className: 'tnum' },
    { key: 'action', header: t('common:list.actions'), quiet: true, cell: action, className: 'w-0 text-right' },
  ]
  return (
    <Card>
      <CardHeader title={t('sessions')} note={t('sessionsNote')} />
      <DataTable
        label={t('sessions')}
        columns={columns}
        rows={query.data?.items}
        rowKey={(session) => session.session_id}
        skeletonRows={2}
        card={(session) => (
          <div className="flex items-center gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-medium">{deviceName(session.user_agent)}</p>
              <p className="tnum text-xs text-muted">
                {[session.address, shortDateTime(session.last_used_at)].filter(Boolean).join(' · ')}
              </p>
            </div>
            {action(session)}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState icon={ComputerDesktopIcon} title={t('noSessions')} />}
      />
      {asked && (
        <Confirm
          open={open}
          onClose={() => setOpen(false)}
          onConfirm={() => revoke.mutate(asked.session_id)}
          busy={revoke.isPending}
          error={revoke.error}
          title={t('revokeTitle', { device: deviceName(asked.user_agent) })}
          confirm={t('revoke')}
        >
          <p>{t('revokeText')}</p>
        </Confirm>
      )}
    </Card>
  )
}
