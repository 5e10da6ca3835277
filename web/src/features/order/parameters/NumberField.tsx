import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Input } from '@/components/ui'
import { Fieldset, type FieldsetProps } from './Fieldset'
import type { ParameterControlProps } from './ParameterForm'
import type { ParameterField } from '@/lib/schema'

interface Bounds {
  integer: boolean
  minimum?: number
  maximum?: number
  step?: number
}

export interface NumberInputProps {
  id?: string
  'aria-label'?: string
  'aria-describedby'?: string
  'aria-invalid'?: true
  bounds: Bounds
  value: number | undefined
  onChange: (value: number | undefined) => void
}

/** Keeps what is typed, also while it is not yet a number (`-`, `0.`). */
export function NumberInput({ bounds, value, onChange, ...control }: NumberInputProps) {
  const [typed, setTyped] = useState(value === undefined ? '' : String(value))
  return (
    <Input
      {...control}
      className="tnum"
      inputMode={bounds.integer ? 'numeric' : 'decimal'}
      autoComplete="off"
      value={typed}
      onChange={(event) => {
        const text = event.target.value
        setTyped(text)
        onChange(text.trim() === '' ? undefined : Number(text.replace(',', '.')))
      }}
    />
  )
}

type RangeProps = ParameterControlProps<Extract<ParameterField, { kind: 'range' }>> & FieldsetProps

export function RangeField({ field, value, onChange, ...shared }: RangeProps) {
  const { t } = useTranslation('order')
  const [low, high] = (value ?? []) as (number | undefined)[]
  return (
    <Fieldset {...shared}>
      <div className="flex items-center gap-2">
        <NumberInput
          aria-label={`${shared.label}: ${t('lowest')}`}
          bounds={field}
          value={low}
          onChange={(next) => onChange([next ?? Number.NaN, high])}
        />
        <span className="text-muted" aria-hidden>
          –
        </span>
        <NumberInput
          aria-label={`${shared.label}: ${t('highest')}`}
          bounds={field}
          value={high}
          onChange={(next) => onChange([low, next ?? Number.NaN])}
        />
      </div>
    </Fieldset>
  )
}
