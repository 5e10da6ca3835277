import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/ui'
import type { User } from '@/lib/api'
import { setUserStatus, usersKey } from '@/lib/api/admin'
import { useChange } from '@/lib/hooks/useChange'

export function StatusConfirm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation('admin')
  const verb = user.status === 'ACTIVE' ? 'disable' : 'enable'
  const name = user.username
  const change = useChange(() => setUserStatus(user.user_id, verb === 'disable' ? 'DISABLED' : 'ACTIVE'), {
    stale: usersKey,
    said: t(`users.${verb}d`, { name }),
    then: onClose,
  })
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => change.mutate(undefined)}
      busy={change.isPending}
      error={change.error}
      danger={verb === 'disable'}
      title={t(`users.${verb}Title`, { name })}
      confirm={t(`users.${verb}`)}
    >
      <p>{t(`users.${verb}Text`)}</p>
    </Confirm>
  )
}
