import { ArrowPathIcon, CheckCircleIcon, PauseIcon, PlayIcon, XMarkIcon } from '@heroicons/react/20/solid'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Callout, Confirm, ErrorCallout, IconButton, Progress } from '@/components/ui'
import { cn } from '@/lib/cn'
import { bytes, duration } from '@/lib/format'
import { UnfitFile } from './transfers/check'
import { cancelTransfer, forget, pauseTransfer, resumeTransfer } from './transfers/manager'
import type { Transfer } from './transfers/state'

export interface TransferRowProps {
  item: Transfer
  isSelected: boolean
  /** Present when there is something to select among. */
  onSelect?: () => void
}

export function TransferRow({ item, isSelected, onSelect }: TransferRowProps) {
  const { t } = useTranslation('order')
  const [asking, setAsking] = useState(false)
  const { id, name, size, sent, state, error } = item
  const cancel = useMutation({ mutationFn: () => cancelTransfer(id) })
  const unfit = error instanceof UnfitFile
  const percent = size > 0 ? (sent / size) * 100 : 0
  const done = state === 'received' || state === 'ordering' || state === 'ordered'
  const close = () => (state === 'ordered' || unfit ? forget(id) : setAsking(true))

  return (
    <li className={cn('flex flex-col gap-2 px-4 py-3', isSelected && onSelect && 'bg-blue-tint')}>
      <div className="flex items-center gap-2">
        {onSelect && (
          <input
            type="radio"
            checked={isSelected}
            onChange={onSelect}
            aria-label={t('selectForOrder', { name })}
            className="size-4 shrink-0 accent-blue-fill"
          />
        )}
        <p className="min-w-0 flex-1 truncate font-medium" title={name}>
          {name}
        </p>
        {(state === 'sending' || state === 'waiting') && (
          <IconButton icon={PauseIcon} size="sm" label={t('pause')} onClick={() => pauseTransfer(id)} />
        )}
        {state === 'paused' && (
          <IconButton icon={PlayIcon} size="sm" label={t('resume')} onClick={() => resumeTransfer(id)} />
        )}
        {state === 'failed' && !unfit && (
          <IconButton icon={ArrowPathIcon} size="sm" label={t('resume')} onClick={() => resumeTransfer(id)} />
        )}
        {state === 'ordered' && item.taskId && (
          <Link
            to="/tasks/$taskId"
            params={{ taskId: item.taskId }}
            className="text-xs font-medium text-blue-text hover:underline"
          >
            {t('openTask')}
          </Link>
        )}
        {state !== 'ordering' && (
          <IconButton
            icon={XMarkIcon}
            size="sm"
            label={t(state === 'ordered' ? 'dismiss' : 'cancel')}
            onClick={close}
          />
        )}
      </div>
      {!unfit && (
        <>
          <Progress value={percent} label={t('progressOf', { name })} tone={done ? 'green' : toneOf(state)} />
          <p className="tnum flex flex-wrap gap-x-3 text-xs text-muted">
            <span className="inline-flex items-center gap-1">
              {done && <CheckCircleIcon className="size-4 text-green" aria-hidden />}
              {t(`transfer.${state}`)}
            </span>
            <span>{done ? bytes(size) : t('bytesOf', { sent: bytes(sent), size: bytes(size) })}</span>
            {state === 'sending' && item.rate !== null && item.rate > 0 && (
              <span>{t('rate', { rate: bytes(item.rate), left: duration((size - sent) / item.rate) })}</span>
            )}
          </p>
        </>
      )}
      {unfit && (
        <Callout tone="danger" alert>
          {t(`unfit.${error.reason}`, { limit: bytes(error.limit), size: bytes(size) })}
        </Callout>
      )}
      {state === 'failed' && !unfit && <ErrorCallout error={error} />}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => cancel.mutate()}
        busy={cancel.isPending}
        error={cancel.error}
        title={t('cancelTitle')}
        confirm={t('cancelConfirm')}
        keep={done ? t('discardKeep') : t('cancelKeep')}
      >
        <p>{t('cancelText', { name, sent: bytes(sent) })}</p>
      </Confirm>
    </li>
  )
}

const toneOf = (state: Transfer['state']) => (state === 'failed' ? 'red' : state === 'sending' ? 'blue' : 'amber')
