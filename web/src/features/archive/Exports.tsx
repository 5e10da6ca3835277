import { ArchiveBoxArrowDownIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  Confirm,
  EmptyState,
  PagedTable,
  Progress,
  errorText,
  type Column,
  type Tone,
} from '@/components/ui'
import { discardExport, exportsKey, exportsQuery } from '@/lib/api/archive'
import type { Export, ExportStatus } from '@/lib/api/archiveTypes'
import { download } from '@/lib/download'
import { bytes, number, shortDateTime } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'
import { withPage } from '@/lib/search'
import { toast } from '@/lib/toast'

const TONES: Record<ExportStatus, Tone> = {
  QUEUED: 'grey',
  RUNNING: 'blue',
  DONE: 'green',
  FAILED: 'red',
  CANCELLED: 'grey',
  EXPIRED: 'grey',
}
const isActive = (row: Export) => row.status === 'QUEUED' || row.status === 'RUNNING'

export function Exports() {
  const { t } = useTranslation(['archive', 'common'])
  const search = useSearch({ from: '/member/archive' })
  const navigate = useNavigate({ from: '/archive' })
  const { page, size } = withPage(search)
  const query = useQuery(exportsQuery({ page, size }))
  const [asked, setAsked] = useState<Export>()
  const discard = useChange(discardExport, {
    stale: exportsKey,
    said: t(asked && isActive(asked) ? 'exports.cancelled' : 'exports.removed'),
    then: () => setAsked(undefined),
  })
  const columns: Column<Export>[] = [
    { key: 'what', header: t('exports.what'), className: 'w-full min-w-48', cell: (row) => <What row={row} /> },
    { key: 'state', header: t('exports.state'), className: 'min-w-40', cell: (row) => <State row={row} /> },
    {
      key: 'size',
      header: t('exports.size'),
      align: 'right',
      className: 'whitespace-nowrap tnum text-muted',
      cell: (row) => (row.size ? bytes(row.size) : '—'),
    },
    {
      key: 'created',
      header: t('exports.asked'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (row) => shortDateTime(row.created_at),
    },
    {
      key: 'actions',
      header: t('common:list.actions'),
      quiet: true,
      className: 'w-0 text-right',
      cell: (row) => <Actions row={row} onDiscard={setAsked} />,
    },
  ]
  return (
    <Card>
      <CardHeader title={t('exports.title')} note={t('exports.note')} />
      <PagedTable
        label={t('exports.title')}
        columns={columns}
        query={query}
        rowKey={(row) => row.export_id}
        onChange={(next) => void navigate({ to: '/archive', search: (old) => ({ ...old, ...next }), replace: true })}
        card={(row) => (
          <div className="flex flex-col gap-2 px-4 py-3">
            <What row={row} />
            <State row={row} />
            <div className="flex justify-end">
              <Actions row={row} onDiscard={setAsked} />
            </div>
          </div>
        )}
        empty={
          <EmptyState
            icon={ArchiveBoxArrowDownIcon}
            title={t('exports.emptyTitle')}
            action={
              <Button asChild>
                <Link to="/studies">{t('common:nav.studies')}</Link>
              </Button>
            }
          >
            {t('exports.empty')}
          </EmptyState>
        }
      />
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          onConfirm={() => discard.mutate(asked.export_id)}
          busy={discard.isPending}
          error={discard.error}
          title={t(isActive(asked) ? 'exports.cancelTitle' : 'exports.removeTitle', { name: asked.name })}
          confirm={t(isActive(asked) ? 'exports.stop' : 'exports.remove')}
          keep={t(isActive(asked) ? 'exports.goOn' : 'exports.keep')}
        >
          <p>{t(isActive(asked) ? 'exports.cancelText' : 'exports.removeText')}</p>
        </Confirm>
      )}
    </Card>
  )
}

function What({ row }: { row: Export }) {
  const { t } = useTranslation('archive')
  return (
    <div className="min-w-0">
      <p className="font-medium break-words">{row.name || t('exports.unnamed')}</p>
      <p className="text-xs text-muted">
        {t(`form.${row.form}`)}
        {row.project_name && <> · {t('exports.deidentified', { project: row.project_name })}</>}
      </p>
    </div>
  )
}

function State({ row }: { row: Export }) {
  const { t } = useTranslation('archive')
  const share = row.total ? Math.round((100 * row.done) / row.total) : 0
  const skipped = row.skipped.length
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span>
        <Badge tone={TONES[row.status]} dot active={row.status === 'RUNNING'}>
          {t(`exportStatus.${row.status}`)}
        </Badge>
      </span>
      {isActive(row) ? (
        <>
          <Progress value={share} label={t('exports.progress', { name: row.name })} />
          <span className="tnum text-xs text-muted">
            {t('exports.images', { done: number(row.done), total: number(row.total) })}
          </span>
        </>
      ) : (
        row.expires_at &&
        row.status === 'DONE' && (
          <span className="text-xs text-muted">{t('exports.until', { time: shortDateTime(row.expires_at) })}</span>
        )
      )}
      {row.failure_code && (
        <span className="text-xs text-red-text">{t(`exportFailure.${known(row.failure_code)}`)}</span>
      )}
      {skipped > 0 && (
        <span
          className="text-xs text-amber-text"
          title={[...new Set(row.skipped.map((one) => one.message))].join('\n')}
        >
          {t('exports.skipped', { count: skipped, why: row.skipped[0]?.message })}
        </span>
      )}
    </div>
  )
}

const known = (code: string) => (code === 'NOTHING_LEFT' ? code : 'INTERNAL')

function Actions({ row, onDiscard }: { row: Export; onDiscard: (row: Export) => void }) {
  const { t } = useTranslation('archive')
  const { t: common } = useTranslation()
  const [busy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    try {
      await download(`/exports/${row.export_id}/file`, `export-${row.created_at.slice(0, 10)}.zip`)
    } catch (error) {
      const { title, detail } = errorText(error, common)
      toast('error', detail ?? title)
    } finally {
      setBusy(false)
    }
  }
  return (
    <span className="inline-flex gap-2">
      {row.status === 'DONE' && row.form !== 'copy' && (
        <Button size="sm" variant="primary" busy={busy} onClick={() => void save()}>
          {t('exports.download')}
        </Button>
      )}
      <Button
        size="sm"
        variant="dangerQuiet"
        aria-label={`${t(isActive(row) ? 'exports.cancel' : 'exports.remove')}: ${row.name}`}
        onClick={() => onDiscard(row)}
      >
        {t(isActive(row) ? 'exports.cancel' : 'exports.remove')}
      </Button>
    </span>
  )
}
