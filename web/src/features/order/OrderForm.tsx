import { CpuChipIcon } from '@heroicons/react/24/solid'
import type { FormEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Callout, EmptyState, ErrorCallout, ErrorState, Field, Input, Skeleton } from '@/components/ui'
import type { Order } from '@/lib/api/orders'
import { AlgorithmChoice } from './AlgorithmChoice'
import { ParameterForm } from './parameters/ParameterForm'
import { PriceLine } from './PriceLine'
import { useDraft, withAlgorithm, withValues, type Draft } from './useDraft'

export interface OrderFormProps {
  draft: Draft
  onChange: (draft: Draft) => void
  onOrder: (order: Order) => void
  /** Taken when no name is given. */
  namePlaceholder?: string
  submitLabel: string
  busy?: boolean
  disabled?: boolean
  /** The platform's refusal of the last try. */
  error?: unknown
  /** Beside the button. */
  note?: ReactNode
  /** In place of the button. */
  instead?: ReactNode
}

export function OrderForm({ draft, onChange, onOrder, namePlaceholder, submitLabel, ...state }: OrderFormProps) {
  const { t } = useTranslation('order')
  const { busy, disabled, error, note, instead } = state
  const { query, algorithms, algorithm, fields, values, faults, complete } = useDraft(draft)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const order = complete()
    if (order) onOrder({ ...order, name: order.name || (namePlaceholder ?? '') })
  }

  if (query.error && !algorithms) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!algorithms) {
    return (
      <div className="flex flex-col gap-4 p-4" aria-busy>
        <Skeleton className="h-16" />
        <Skeleton className="h-32" />
      </div>
    )
  }
  if (!algorithm) {
    return (
      <EmptyState icon={CpuChipIcon} title={t('noAlgorithmsTitle')}>
        {t('noAlgorithms')}
      </EmptyState>
    )
  }
  return (
    <form onSubmit={submit} noValidate className="flex flex-col">
      <div className="flex flex-col gap-5 p-4">
        <AlgorithmChoice
          algorithms={algorithms}
          chosen={algorithm}
          onChoose={(next) => onChange(withAlgorithm(draft, next))}
        />
        {!algorithm.available && <Callout tone="warning">{t('unavailable')}</Callout>}
        <Field label={t('name')} optional>
          {(control) => (
            <Input
              {...control}
              maxLength={128}
              placeholder={namePlaceholder}
              value={draft.name}
              onChange={(event) => onChange({ ...draft, name: event.target.value })}
            />
          )}
        </Field>
        {fields.length > 0 && (
          <ParameterForm
            key={algorithm.name}
            fields={fields}
            values={values}
            onChange={(next) => onChange(withValues(draft, algorithm, next))}
            faults={faults}
          />
        )}
        {Object.keys(faults).length > 0 && (
          <Callout tone="danger" alert>
            {t('faults')}
          </Callout>
        )}
        {Boolean(error) && <ErrorCallout error={error} />}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-b-md border-t border-line bg-sunken px-4 py-3">
        <PriceLine price={algorithm.price} />
        <div className="ml-auto flex flex-wrap items-center justify-end gap-3">
          {note}
          {instead ?? (
            <Button type="submit" variant="primary" size="lg" busy={busy} disabled={disabled}>
              {submitLabel}
            </Button>
          )}
        </div>
      </div>
    </form>
  )
}
