import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { TASK_TONE } from '@/components/taskTone'
import { Badge, type Tone } from '@/components/ui'
import type { PaymentStatus, TaskStatus } from '@/lib/api'
import { algorithmsQuery } from '@/lib/api/orders'
import { localized, useLanguage } from '@/lib/i18n'

const ACTIVE: TaskStatus[] = ['CREATED', 'QUEUED', 'ASSIGNED', 'IN_PROGRESS']

export const isActive = (status: TaskStatus) => ACTIVE.includes(status)

export function StatusBadge({ status }: { status: TaskStatus }) {
  const { t } = useTranslation('tasks')
  return (
    <Badge tone={TASK_TONE[status]} dot active={isActive(status) && status !== 'CREATED'}>
      {t(`status.${status}`)}
    </Badge>
  )
}

const PAYMENT_TONE: Record<PaymentStatus, Tone> = { UNPAID: 'grey', PENDING: 'amber', PAID: 'green', REFUNDED: 'grey' }

export function PaymentBadge({ status }: { status: PaymentStatus }) {
  const { t } = useTranslation('tasks')
  return <Badge tone={PAYMENT_TONE[status]}>{t(`payment.${status}`)}</Badge>
}

/** Names task types as their algorithms do. */
export function useTypeName() {
  const language = useLanguage((state) => state.language)
  const algorithms = useQuery(algorithmsQuery).data?.items
  return (type: string) => localized(algorithms?.find(({ name }) => name === type)?.title, type, language)
}
