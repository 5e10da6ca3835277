import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Card, CardHeader, Confirm, Progress } from '@/components/ui'
import type { Upload } from '@/lib/api'
import { uploadsKey, uploadsQuery } from '@/lib/api/orders'
import { bytes, shortDateTime } from '@/lib/format'
import { toast } from '@/lib/toast'
import { adoptReceived, discardUpload, startTransfer } from './transfers/manager'
import { useTransfers } from './transfers/state'

/** What an earlier visit, or this page before a reload, left unfinished on the platform. */
export function EarlierUploads({ limit }: { limit: number | undefined }) {
  const { t } = useTranslation('order')
  const { data } = useQuery(uploadsQuery)
  const here = useTransfers((list) => list.transfers)
  const pending = data?.filter(
    ({ upload_id, status }) =>
      (status === 'RECEIVING' || status === 'RECEIVED') && !here.some(({ uploadId }) => uploadId === upload_id),
  )
  if (!pending?.length) return null
  return (
    <Card>
      <CardHeader title={t('earlier')} note={t('earlierNote')} />
      <ul className="divide-y divide-line">
        {pending.map((upload) => (
          <EarlierRow key={upload.upload_id} upload={upload} limit={limit} />
        ))}
      </ul>
    </Card>
  )
}

function EarlierRow({ upload, limit }: { upload: Upload; limit: number | undefined }) {
  const { t } = useTranslation('order')
  const queryClient = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const [asking, setAsking] = useState(false)
  const { upload_id: id, filename, size, offset, status } = upload
  const received = status === 'RECEIVED'
  const discard = useMutation({
    mutationFn: () => discardUpload(id),
    onSuccess: () => {
      setAsking(false)
      return queryClient.invalidateQueries({ queryKey: uploadsKey })
    },
  })

  const resume = (file: File | undefined) => {
    if (!file) return
    if (file.name === filename && file.size === size) startTransfer(file, limit, upload)
    else toast('error', t('otherFileTitle'), t('otherFile', { name: filename, size: bytes(size) }))
  }

  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-0 flex-1 truncate font-medium" title={filename}>
          {filename}
        </p>
        {received ? (
          <Button size="sm" onClick={() => adoptReceived(upload)}>
            {t('useForOrder')}
          </Button>
        ) : (
          <Button size="sm" onClick={() => picker.current?.click()}>
            {t('chooseToResume')}
          </Button>
        )}
        <Button size="sm" variant="dangerQuiet" onClick={() => setAsking(true)}>
          {t('discard')}
        </Button>
      </div>
      {!received && <Progress value={(offset / size) * 100} label={t('progressOf', { name: filename })} tone="amber" />}
      <p className="tnum flex flex-wrap gap-x-3 text-xs text-muted">
        <span>{received ? bytes(size) : t('bytesOf', { sent: bytes(offset), size: bytes(size) })}</span>
        <span>{t('keptUntil', { at: shortDateTime(upload.expires_at) })}</span>
      </p>
      <input
        ref={picker}
        type="file"
        accept=".zip,application/zip"
        hidden
        aria-label={t('chooseToResume')}
        onChange={(event) => resume(event.target.files?.[0])}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => discard.mutate()}
        busy={discard.isPending}
        error={discard.error}
        title={t('cancelTitle')}
        confirm={t('discard')}
        keep={t('discardKeep')}
      >
        <p>{t('cancelText', { name: filename, sent: bytes(offset) })}</p>
      </Confirm>
    </li>
  )
}
