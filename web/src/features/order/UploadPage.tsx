import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Card, CardHeader, Page } from '@/components/ui'
import { systemInfoQuery } from '@/lib/api/account'
import { bytes } from '@/lib/format'
import { DropZone } from './DropZone'
import { EarlierUploads } from './EarlierUploads'
import { OrderForm } from './OrderForm'
import { TransferRow } from './TransferRow'
import { disarm, forget, requestOrder, startTransfer } from './transfers/manager'
import { isMoving, select, useTransfers } from './transfers/state'
import { BLANK, type Draft } from './useDraft'

export function UploadPage() {
  const { t } = useTranslation('order')
  const navigate = useNavigate()
  const { transfers, selected } = useTransfers()
  const limit = useQuery(systemInfoQuery).data?.max_upload_bytes
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const current = transfers.find(({ id }) => id === selected)
  const key = current?.id ?? 'none'
  const draft = drafts[key] ?? drafts.none ?? BLANK
  const addFiles = (files: File[]) => {
    for (const file of files) startTransfer(file, limit)
  }

  const orderedTask = current?.taskId
  const alone = transfers.length === 1
  useEffect(() => {
    if (!orderedTask || !current || !alone) return
    forget(current.id)
    void navigate({ to: '/tasks/$taskId', params: { taskId: orderedTask } })
  }, [orderedTask, current, alone, navigate])

  return (
    <Page title={t('uploadTitle')} note={limit && t('limit', { limit: bytes(limit) })}>
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,7fr)_minmax(0,6fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Card>
            <CardHeader title={t('images')} />
            <div className="p-4">
              <DropZone onFiles={addFiles} compact={transfers.length > 0} />
            </div>
            {transfers.length > 0 && (
              <ul className="divide-y divide-line border-t border-line">
                {transfers.map((item) => (
                  <TransferRow
                    key={item.id}
                    item={item}
                    isSelected={item.id === selected}
                    onSelect={transfers.length > 1 ? () => select(item.id) : undefined}
                  />
                ))}
              </ul>
            )}
          </Card>
          <EarlierUploads limit={limit} />
        </div>
        <Card className="xl:sticky xl:top-17">
          <CardHeader
            title={t('order')}
            note={current ? <span className="break-all">{current.name}</span> : undefined}
          />
          <OrderForm
            key={key}
            draft={draft}
            onChange={(next) => setDrafts({ ...drafts, [key]: next })}
            onOrder={(order) => current && requestOrder(current.id, order)}
            namePlaceholder={current?.name.replace(/\.zip$/i, '')}
            submitLabel={current && isMoving(current) ? t('orderWhenUploaded') : t('submit')}
            busy={current?.state === 'ordering'}
            disabled={!current || current.state === 'ordered' || current.state === 'failed'}
            error={current?.state === 'received' ? current.error : undefined}
            note={!current && <span className="text-xs text-muted">{t('chooseImagesFirst')}</span>}
            instead={
              current?.armed ? (
                <>
                  <span className="text-xs text-muted">{t('armed')}</span>
                  <Button onClick={() => disarm(current.id)}>{t('disarm')}</Button>
                </>
              ) : undefined
            }
          />
        </Card>
      </div>
    </Page>
  )
}
