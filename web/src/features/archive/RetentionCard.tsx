import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Callout, Card, CardBody, CardHeader, ErrorCallout, ErrorState, Input, Skeleton } from '@/components/ui'
import { retentionQuery, setRetention } from '@/lib/api/archive'
import type { Retention } from '@/lib/api/archiveTypes'
import { useChange } from '@/lib/hooks/useChange'

export function RetentionCard() {
  const { t } = useTranslation('archive')
  const query = useQuery(retentionQuery)
  return (
    <Card>
      <CardHeader title={t('retention.title')} note={t('retention.note')} />
      {query.data ? (
        <Policies key={query.dataUpdatedAt} retention={query.data} />
      ) : query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <CardBody aria-busy>
          <Skeleton className="h-24" />
        </CardBody>
      )}
    </Card>
  )
}

function Policies({ retention }: { retention: Retention }) {
  const { t } = useTranslation(['archive', 'common'])
  const [policies, setPolicies] = useState(retention.policies)
  const save = useChange(setRetention, {
    stale: retentionQuery.queryKey,
    said: t('retention.saved'),
    then: () => undefined,
  })
  const change = (at: number, next: Partial<Retention['policies'][number]>) =>
    setPolicies((old) => old.map((policy, index) => (index === at ? { ...policy, ...next } : policy)))
  return (
    <CardBody className="flex flex-col gap-4">
      <Callout tone={retention.due_soon ? 'warning' : 'info'}>
        {policies.length
          ? t('retention.due', { count: retention.due_soon, days: retention.warn_days, held: retention.held })
          : t('retention.forever')}
      </Callout>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate(policies)
        }}
      >
        {policies.map((policy, at) => (
          <div key={at} className="flex flex-wrap items-center gap-2">
            <Input
              aria-label={t('retention.modality')}
              className="w-36 uppercase"
              pattern="[A-Za-z0-9_]{0,16}"
              placeholder={t('retention.others')}
              value={policy.modality}
              onChange={(event) => change(at, { modality: event.target.value.toUpperCase() })}
            />
            <Input
              aria-label={t('retention.days')}
              type="number"
              className="w-28"
              required
              min={1}
              max={36500}
              value={policy.days}
              onChange={(event) => change(at, { days: event.target.valueAsNumber })}
            />
            <span className="text-muted">{t('retention.days')}</span>
            <Button
              variant="dangerQuiet"
              size="sm"
              aria-label={`${t('retention.remove')}: ${policy.modality || t('retention.others')}`}
              onClick={() => setPolicies((old) => old.filter((_, index) => index !== at))}
            >
              {t('retention.remove')}
            </Button>
          </div>
        ))}
        {save.error && <ErrorCallout error={save.error} />}
        <div className="flex gap-2">
          <Button onClick={() => setPolicies((old) => [...old, { modality: '', days: 3650 }])}>
            {t('retention.add')}
          </Button>
          <Button type="submit" variant="primary" busy={save.isPending}>
            {t('retention.save')}
          </Button>
        </div>
      </form>
    </CardBody>
  )
}
