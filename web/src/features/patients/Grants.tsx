import { PlusIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import {
  Badge,
  Button,
  Card,
  CardBody,
  CardHeader,
  ErrorState,
  Field,
  Input,
  Skeleton,
  TextArea,
  TextField,
} from '@/components/ui'
import type { Grant } from '@/lib/api'
import { grantRecord, grantsQuery, patientsKey, revokeGrant } from '@/lib/api/patients'
import { shortDateTime } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'
import { localMinute } from './words'

const WEEK_MS = 7 * 24 * 3600 * 1000

export function Grants({ patientId }: { patientId: string }) {
  const { t } = useTranslation('patients')
  const [adding, setAdding] = useState(false)
  const query = useQuery(grantsQuery(patientId))
  const { data, error } = query
  return (
    <Card>
      <CardHeader
        title={t('grants.title')}
        actions={
          <Button size="sm" icon={PlusIcon} onClick={() => setAdding(true)}>
            {t('grants.new')}
          </Button>
        }
      />
      {error && !data && <ErrorState error={error} onRetry={() => void query.refetch()} />}
      {!data && !error && <Skeleton className="m-4 h-12" />}
      {data?.length === 0 && <CardBody className="text-muted">{t('grants.empty')}</CardBody>}
      <ul className="divide-y divide-line">
        {data?.map((grant) => (
          <li key={grant.grant_id} className="flex items-center gap-3 px-4 py-2.5">
            <GrantLine patientId={patientId} grant={grant} />
          </li>
        ))}
      </ul>
      {adding && <GrantDialog patientId={patientId} onClose={() => setAdding(false)} />}
    </Card>
  )
}

function GrantLine({ patientId, grant }: { patientId: string; grant: Grant }) {
  const { t } = useTranslation('patients')
  const revoke = useChange(() => revokeGrant(patientId, grant.grant_id), {
    stale: patientsKey,
    said: t('grants.revoked', { name: grant.username }),
    then: () => undefined,
  })
  return (
    <>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{grant.username}</span>
          {grant.kind === 'break_glass' && <Badge tone="red">{t('breakGlass.badge')}</Badge>}
          <Badge tone={grant.active ? 'green' : 'grey'} dot>
            {t(grant.active ? 'grants.until' : 'grants.over', { at: shortDateTime(grant.expires_at) })}
          </Badge>
        </p>
        <p className="truncate text-xs text-muted">
          {[grant.kind === 'grant' && t('grants.by', { name: grant.granted_by }), grant.reason]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {grant.active && (
        <Button
          size="sm"
          busy={revoke.isPending}
          aria-label={t('grants.revokeFor', { name: grant.username })}
          onClick={() => revoke.mutate(undefined)}
        >
          {t('grants.revoke')}
        </Button>
      )}
    </>
  )
}

function GrantDialog({ patientId, onClose }: { patientId: string; onClose: () => void }) {
  const { t } = useTranslation('patients')
  const [form, setForm] = useState(() => ({
    user: '',
    until: localMinute(new Date(Date.now() + WEEK_MS)),
    reason: '',
  }))
  const set = (change: Partial<typeof form>) => setForm((old) => ({ ...old, ...change }))
  const save = useChange(
    () =>
      grantRecord(patientId, {
        user: form.user,
        expires_at: new Date(form.until).toISOString(),
        reason: form.reason,
      }),
    { stale: patientsKey, said: t('grants.granted', { name: form.user }), then: onClose },
  )
  return (
    <FormDialog
      title={t('grants.new')}
      submit={t('grants.submit')}
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <TextField
        label={t('grants.user')}
        hint={t('grants.userHint')}
        required
        autoComplete="off"
        value={form.user}
        onText={(user) => set({ user })}
      />
      <Field label={t('grants.end')}>
        {(control) => (
          <Input
            {...control}
            type="datetime-local"
            required
            value={form.until}
            onChange={(event) => set({ until: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('reason')} optional>
        {(control) => (
          <TextArea
            {...control}
            maxLength={500}
            value={form.reason}
            onChange={(event) => set({ reason: event.target.value })}
          />
        )}
      </Field>
    </FormDialog>
  )
}
