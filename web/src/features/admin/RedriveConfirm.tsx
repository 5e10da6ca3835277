import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/ui'
import type { DeadLetter } from '@/lib/api'
import { queuesKey, redriveLetter } from '@/lib/api/fleet'
import { useChange } from '@/lib/hooks/useChange'

export interface RedriveConfirmProps {
  letter: DeadLetter
  name: string
  onClose: () => void
}

export function RedriveConfirm({ letter, name, onClose }: RedriveConfirmProps) {
  const { t } = useTranslation('admin')
  const send = useChange(() => redriveLetter(letter.id), {
    stale: queuesKey,
    said: t('letters.done', { name }),
    then: onClose,
  })
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => send.mutate(undefined)}
      busy={send.isPending}
      error={send.error}
      danger={false}
      title={t('letters.redriveTitle', { name })}
      confirm={t('letters.redrive')}
    >
      <p>{t('letters.redriveText')}</p>
      <p className="text-muted">{t('letters.reasonWas', { reason: letter.reason })}</p>
    </Confirm>
  )
}
