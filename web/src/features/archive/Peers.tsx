import { GlobeAltIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  Confirm,
  DataTable,
  EmptyState,
  Field,
  Input,
  type Column,
} from '@/components/ui'
import { FormDialog } from '@/components/FormDialog'
import { addPeer, peersKey, peersQuery, removePeer } from '@/lib/api/archive'
import type { Peer } from '@/lib/api/archiveTypes'
import { useChange } from '@/lib/hooks/useChange'

export function Peers() {
  const { t } = useTranslation(['archive', 'common'])
  const query = useQuery(peersQuery)
  const [adding, setAdding] = useState(false)
  const [asked, setAsked] = useState<Peer>()
  const remove = useChange(removePeer, {
    stale: peersKey,
    said: t('peers.removed'),
    then: () => setAsked(undefined),
  })
  const action = (peer: Peer) => (
    <Button size="sm" variant="dangerQuiet" onClick={() => setAsked(peer)}>
      {t('peers.remove')}
    </Button>
  )
  const columns: Column<Peer>[] = [
    { key: 'name', header: t('peers.name'), className: 'font-medium', cell: (peer) => peer.name },
    { key: 'url', header: t('peers.url'), className: 'w-full break-all text-muted', cell: (peer) => peer.url },
    {
      key: 'token',
      header: t('peers.token'),
      cell: (p) => p.has_token && <Badge tone="green">{t('peers.kept')}</Badge>,
    },
    { key: 'action', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: action },
  ]
  return (
    <Card>
      <CardHeader
        title={t('peers.title')}
        note={t('peers.note')}
        actions={<Button onClick={() => setAdding(true)}>{t('peers.new')}</Button>}
      />
      <DataTable
        label={t('peers.title')}
        columns={columns}
        rows={query.data}
        rowKey={(peer) => peer.peer_id}
        skeletonRows={1}
        card={(peer) => (
          <div className="flex items-center gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-medium">{peer.name}</p>
              <p className="text-xs break-all text-muted">{peer.url}</p>
            </div>
            {action(peer)}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState icon={GlobeAltIcon} title={t('peers.emptyTitle')} className="py-8" />}
      />
      {adding && <NewPeer onClose={() => setAdding(false)} />}
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          onConfirm={() => remove.mutate(asked.peer_id)}
          busy={remove.isPending}
          error={remove.error}
          title={t('peers.removeTitle', { name: asked.name })}
          confirm={t('peers.remove')}
        >
          <p>{t('peers.removeText')}</p>
        </Confirm>
      )}
    </Card>
  )
}

function NewPeer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('archive')
  const [name, setName] = useState('')
  const [url, setUrl] = useState('')
  const [token, setToken] = useState('')
  const add = useChange(addPeer, { stale: peersKey, said: t('peers.added'), then: onClose })
  return (
    <FormDialog
      title={t('peers.new')}
      submit={t('peers.add')}
      onSubmit={() => add.mutate({ name, url, token: token || undefined })}
      onClose={onClose}
      busy={add.isPending}
      error={add.error}
    >
      <Field label={t('peers.name')}>
        {(control) => (
          <Input {...control} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <Field label={t('peers.url')} hint={t('peers.urlHint')}>
        {(control) => (
          <Input {...control} required type="url" value={url} onChange={(event) => setUrl(event.target.value)} />
        )}
      </Field>
      <Field label={t('peers.token')} hint={t('peers.tokenHint')} optional>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}
