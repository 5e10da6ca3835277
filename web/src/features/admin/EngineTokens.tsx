import { KeyIcon } from '@heroicons/react/24/solid'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Callout,
  Card,
  CardHeader,
  Confirm,
  DataTable,
  Dialog,
  EmptyState,
  Field,
  Input,
  type Column,
} from '@/components/ui'
import type { EngineToken, NewEngineToken } from '@/lib/api'
import { createEngineToken, engineTokensKey, engineTokensQuery, revokeEngineToken } from '@/lib/api/admin'
import { shortDateTime } from '@/lib/format'
import { FormDialog } from '@/components/FormDialog'
import { useChange } from '@/lib/hooks/useChange'

export function EngineTokens() {
  const { t } = useTranslation(['admin', 'common'])
  const query = useQuery(engineTokensQuery)
  const [creating, setCreating] = useState(false)
  const [made, setMade] = useState<NewEngineToken>()
  const [revoking, setRevoking] = useState<EngineToken>()
  const revoke = useChange(revokeEngineToken, {
    stale: engineTokensKey,
    said: t('tokens.revoked'),
    then: () => setRevoking(undefined),
  })
  const action = (token: EngineToken) =>
    token.revoked_at ? (
      <Badge>{t('tokens.isRevoked')}</Badge>
    ) : (
      <Button size="sm" variant="dangerQuiet" onClick={() => setRevoking(token)}>
        {t('tokens.revoke')}
      </Button>
    )
  const columns: Column<EngineToken>[] = [
    { key: 'name', header: t('tokens.name'), cell: (token) => token.name, className: 'font-medium' },
    {
      key: 'created',
      header: t('users.created'),
      cell: (token) => shortDateTime(token.created_at),
      className: 'tnum text-muted',
    },
    { key: 'action', header: t('common:list.actions'), quiet: true, cell: action, className: 'w-0 text-right' },
  ]
  return (
    <Card>
      <CardHeader
        title={t('tokens.title')}
        note={t('tokens.note')}
        actions={<Button onClick={() => setCreating(true)}>{t('tokens.new')}</Button>}
      />
      <DataTable
        label={t('tokens.title')}
        columns={columns}
        rows={query.data}
        rowKey={(token) => token.token_id}
        skeletonRows={2}
        card={(token) => (
          <div className="flex items-center gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-medium break-words">{token.name}</p>
              <p className="tnum text-xs text-muted">{shortDateTime(token.created_at)}</p>
            </div>
            {action(token)}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState icon={KeyIcon} title={t('tokens.emptyTitle')} className="py-8">
            {t('tokens.empty')}
          </EmptyState>
        }
      />
      {creating && (
        <NewTokenDialog
          onClose={() => setCreating(false)}
          onMade={(token) => {
            setCreating(false)
            setMade(token)
          }}
        />
      )}
      {made && <SecretDialog token={made} onClose={() => setMade(undefined)} />}
      {revoking && (
        <Confirm
          open
          onClose={() => setRevoking(undefined)}
          onConfirm={() => revoke.mutate(revoking.token_id)}
          busy={revoke.isPending}
          error={revoke.error}
          title={t('tokens.revokeTitle', { name: revoking.name })}
          confirm={t('tokens.revoke')}
        >
          <p>{t('tokens.revokeText')}</p>
        </Confirm>
      )}
    </Card>
  )
}

function NewTokenDialog({ onClose, onMade }: { onClose: () => void; onMade: (token: NewEngineToken) => void }) {
  const { t } = useTranslation('admin')
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: createEngineToken,
    onSuccess: (token) => {
      onMade(token)
      return queryClient.invalidateQueries({ queryKey: engineTokensKey })
    },
  })
  return (
    <FormDialog
      title={t('tokens.new')}
      submit={t('tokens.create')}
      onSubmit={() => create.mutate(name)}
      onClose={onClose}
      busy={create.isPending}
      error={create.error}
    >
      <Field label={t('tokens.name')} hint={t('tokens.nameHint')}>
        {(control) => (
          <Input
            {...control}
            required
            maxLength={100}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}

function SecretDialog({ token, onClose }: { token: NewEngineToken; onClose: () => void }) {
  const { t } = useTranslation(['admin', 'common'])
  const [copied, setCopied] = useState(false)
  // The clipboard needs HTTPS; elsewhere the field can be selected by hand.
  const canCopy = typeof navigator.clipboard !== 'undefined'
  const copy = async () => {
    await navigator.clipboard.writeText(token.token)
    setCopied(true)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={token.name}
      footer={<Button onClick={onClose}>{t('common:action.close')}</Button>}
    >
      <div className="flex flex-col gap-3">
        <Callout tone="warning">{t('tokens.once')}</Callout>
        <div className="flex gap-2">
          <Input
            readOnly
            aria-label={t('tokens.secret')}
            className="font-mono text-xs"
            value={token.token}
            onFocus={(event) => event.target.select()}
          />
          {canCopy && (
            <Button onClick={() => void copy()}>{t(copied ? 'common:action.copied' : 'common:action.copy')}</Button>
          )}
        </div>
      </div>
    </Dialog>
  )
}
