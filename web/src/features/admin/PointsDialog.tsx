import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field, Input, Select } from '@/components/ui'
import type { Unit, User } from '@/lib/api'
import { usersKey } from '@/lib/api/admin'
import { adjustQuota, allocatePoints, available, balanceQuery } from '@/lib/api/points'
import { number } from '@/lib/format'
import { FormDialog } from '@/components/FormDialog'
import { useChange } from '@/lib/hooks/useChange'

const UNITS: Unit[] = ['POINT_LOW', 'POINT_HIGH', 'MEMBER_CREDIT']

export interface PointsDialogProps {
  user: User
  /** Platform administrators issue points or take them back; others give of their own. */
  issue: boolean
  onClose: () => void
}

export function PointsDialog({ user, issue, onClose }: PointsDialogProps) {
  const { t } = useTranslation(['admin', 'points', 'common'])
  const own = useQuery(balanceQuery).data
  const [unit, setUnit] = useState<Unit>('POINT_LOW')
  const [amount, setAmount] = useState('')
  const [reason, setReason] = useState('')
  const points = Number(amount)
  const give = useChange<void>(
    () =>
      issue
        ? adjustQuota(user.user_id, { quota_type: unit, delta: points, reason })
        : allocatePoints({ sub_user_id: user.user_id, point_type: unit, points }),
    { stale: usersKey, said: t('grant.done', { name: user.username }), then: onClose },
  )
  return (
    <FormDialog
      title={t(issue ? 'grant.issueTitle' : 'grant.allocateTitle', { name: user.username })}
      submit={t('grant.submit')}
      onSubmit={() => give.mutate()}
      onClose={onClose}
      busy={give.isPending}
      error={give.error}
    >
      <Field
        label={t('points:unitHeader')}
        hint={!issue && own ? t('grant.own', { amount: number(available(own, unit)) }) : undefined}
      >
        {(control) => (
          <Select {...control} value={unit} onChange={(event) => setUnit(event.target.value as Unit)}>
            {UNITS.map((name) => (
              <option key={name} value={name}>
                {t(`points:unit.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('points:amount')} hint={issue ? t('grant.signHint') : undefined}>
        {(control) => (
          <Input
            {...control}
            type="number"
            step={1}
            min={issue ? undefined : 1}
            required
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        )}
      </Field>
      {issue && (
        <Field label={t('points:reason')} hint={t('grant.reasonHint')}>
          {(control) => (
            <Input
              {...control}
              required
              maxLength={200}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      )}
    </FormDialog>
  )
}
