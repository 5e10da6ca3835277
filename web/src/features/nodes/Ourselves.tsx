import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Callout, Card, CardBody, CardHeader, ErrorCallout, Skeleton } from '@/components/ui'
import { ourselvesQuery, type Ourselves as Us } from '@/lib/api/nodes'

const EVERYWHERE = ['0.0.0.0', '::', '']
const isHere = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** What has to be entered into a scanner so that it reaches us. */
export function Ourselves() {
  const { t } = useTranslation('nodes')
  const query = useQuery(ourselvesQuery)
  return (
    <Card>
      <CardHeader title={t('ours.title')} note={t('ours.note')} />
      <CardBody>
        {query.error ? (
          <ErrorCallout error={query.error} />
        ) : query.data ? (
          <Facts us={query.data} />
        ) : (
          <Skeleton className="h-10" />
        )}
      </CardBody>
    </Card>
  )
}

function Facts({ us }: { us: Us }) {
  const { t } = useTranslation('nodes')
  // a port that is open on every address is reached where this page was
  const host = EVERYWHERE.includes(us.host) ? window.location.hostname : us.host
  const facts = [
    [t('aeTitle'), us.ae_title],
    [t('host'), host],
    [t('port'), String(us.port)],
  ]
  return (
    <div className="flex flex-col gap-3">
      <dl className="flex flex-wrap gap-x-10 gap-y-3">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="font-mono text-sm break-all select-all">{value}</dd>
          </div>
        ))}
      </dl>
      {isHere(us.host) && <Callout tone="warning">{t('ours.onlyHere')}</Callout>}
    </div>
  )
}
