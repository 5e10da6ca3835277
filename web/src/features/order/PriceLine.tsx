import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useAmount } from '@/components/useAmount'
import type { Algorithm } from '@/lib/api'
import { available, balanceQuery } from '@/lib/api/points'
import { number } from '@/lib/format'
import { cn } from '@/lib/cn'

/** The price, and what is left after it. The first unit that covers the price pays, as on the platform. */
export function PriceLine({ price }: { price: Algorithm['price'] }) {
  const { t } = useTranslation('order')
  const amount = useAmount()
  const balance = useQuery(balanceQuery).data
  const unit = price.units.find((candidate) => available(balance, candidate) >= price.amount) ?? price.units[0]
  if (price.amount === 0 || !unit) return <p className="text-sm font-medium">{t('free')}</p>

  const left = available(balance, unit) - price.amount
  return (
    <div className="min-w-0 flex-1 basis-64">
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        <div className="flex flex-col">
          <dt className="text-xs text-muted">{t('price')}</dt>
          <dd className="tnum font-semibold">{amount(price.amount, unit)}</dd>
        </div>
        {balance && (
          <div className="flex flex-col">
            <dt className="text-xs text-muted">{t(price.mode === 'prepaid_mode' ? 'balanceAfter' : 'balanceNow')}</dt>
            <dd className={cn('tnum', left < 0 && 'font-medium text-red-text')}>
              {left < 0
                ? t('missing', { amount: amount(-left, unit) })
                : number(price.mode === 'prepaid_mode' ? left : available(balance, unit))}
            </dd>
          </div>
        )}
      </dl>
      <p className="mt-1 text-xs text-muted">{t(`mode.${price.mode}`)}</p>
    </div>
  )
}
