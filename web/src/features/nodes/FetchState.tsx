import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button } from '@/components/ui'
import { number } from '@/lib/format'
import type { FoundActs, Row } from './foundColumns'

const LINK = 'text-blue-text hover:underline'

/** Whether a study is here, is coming, or can be fetched. */
export function FetchState({
  row,
  title,
  fetch,
  busy,
}: { row: Row; title: string } & Pick<FoundActs, 'fetch' | 'busy'>) {
  const { t } = useTranslation('nodes')
  const place = useRef<HTMLDivElement>(null)
  const { study, standing } = row
  const order = () => {
    // the button gives way to what is said of the fetching: the keyboard goes on here, not at the top of the page
    place.current?.focus()
    fetch(study.uid)
  }
  return (
    <div
      ref={place}
      tabIndex={-1}
      className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs outline-none md:justify-end"
    >
      {standing.is === 'fetching' && <Coming row={row} />}
      {standing.is === 'here' && <Here uid={standing.uid} />}
      {standing.is === 'partly' && (
        <>
          <span className="tnum text-muted">
            {t('search.some', { done: number(standing.count), total: number(study.images ?? 0) })}
          </span>
          <Here uid={standing.uid} />
        </>
      )}
      {'failed' in standing && standing.failed && (
        <span className="text-red-text">
          {t('search.fetchFailed')} <TransfersLink />
        </span>
      )}
      {row.canFetch && (
        <Button size="sm" busy={busy(study.uid)} aria-label={t('search.fetchOf', { study: title })} onClick={order}>
          {t('search.fetch')}
        </Button>
      )}
    </div>
  )
}

function Coming({ row: { standing } }: { row: Row }) {
  const { t } = useTranslation('nodes')
  if (standing.is !== 'fetching') return null
  const { completed, total } = standing.transfer
  return (
    <>
      <Badge tone="blue">{t('search.fetching')}</Badge>
      {total > 0 && (
        <span className="tnum text-muted">
          {t('transfers.images', { done: number(completed), total: number(total) })}
        </span>
      )}
      <TransfersLink />
    </>
  )
}

function TransfersLink() {
  const { t } = useTranslation('nodes')
  return (
    <Link to="/admin/dicom-nodes" hash="transfers" className={LINK}>
      {t('transfers.title')}
    </Link>
  )
}

function Here({ uid }: { uid: string }) {
  const { t } = useTranslation('nodes')
  return (
    <Link to="/studies/$studyUid" params={{ studyUid: uid }} className={LINK}>
      {t('search.inArchive')}
    </Link>
  )
}
