import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardBody, CardHeader, Progress } from '@/components/ui'
import { uploadQuery } from '@/lib/api/orders'
import { number } from '@/lib/format'

/** What became of the files in the ZIP, one by one. */
export function IngestPanel({ uploadId }: { uploadId: string }) {
  const { t, i18n } = useTranslation('tasks')
  const { data } = useQuery({ ...uploadQuery(uploadId), retry: false })
  const ingest = data?.ingest
  // A refused archive is the reason the task failed, which is said above already.
  if (!data || !ingest || data.status === 'REJECTED') return null
  const running = data.status === 'INGESTING'
  const { total = 0, done = 0, instances, duplicates = 0, skipped = [], skipped_count: left = skipped.length } = ingest
  const counts = [
    { key: 'instances', value: instances },
    { key: 'duplicates', value: duplicates },
    { key: 'skipped', value: left },
  ] as const
  const reasonText = (reason: string) =>
    i18n.exists(`ingest.reason.${reason}`, { ns: 'tasks' })
      ? t(`ingest.reason.${reason}` as 'ingest.reason.dicomdir')
      : reason
  return (
    <Card>
      <CardHeader title={t('ingest.title')} note={<span className="break-all">{data.filename}</span>} />
      <CardBody className="flex flex-col gap-3">
        {running && (
          <div className="flex items-center gap-3">
            <Progress value={total > 0 ? (done / total) * 100 : 0} label={t('ingest.title')} className="h-2" />
            <span className="tnum shrink-0 text-xs text-muted">
              {t('ingest.files', { done: number(done), total: number(total) })}
            </span>
          </div>
        )}
        {instances !== undefined && (
          <dl className="flex flex-wrap gap-x-8 gap-y-2">
            {counts.map(({ key, value }) => (
              <div key={key} className="flex flex-col">
                <dt className="text-xs text-muted">{t(`ingest.${key}`)}</dt>
                <dd className="tnum font-medium">{number(value ?? 0)}</dd>
              </div>
            ))}
          </dl>
        )}
        {skipped.length > 0 && (
          <details>
            <summary className="w-fit rounded-sm text-xs font-medium text-blue-text">{t('ingest.showSkipped')}</summary>
            <ul className="mt-2 max-h-64 divide-y divide-line overflow-y-auto rounded-md border border-line text-xs">
              {skipped.map(({ name, reason }, i) => (
                <li key={i} className="flex flex-wrap justify-between gap-x-4 px-3 py-1.5">
                  <span className="min-w-0 break-all">{name}</span>
                  <span className="text-muted">{reasonText(reason)}</span>
                </li>
              ))}
            </ul>
          </details>
        )}
      </CardBody>
    </Card>
  )
}
