import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox, Field, Input } from '@/components/ui'
import type { Unit } from '@/lib/api'
import { changeAlgorithm, managedAlgorithmsKey } from '@/lib/api/algorithms'
import { FormDialog } from '@/components/FormDialog'
import { useChange } from '@/lib/hooks/useChange'
import type { AlgorithmDialogProps } from './AlgorithmCard'

const UNITS: Unit[] = ['POINT_LOW', 'POINT_HIGH', 'MEMBER_CREDIT']

export function PriceDialog({ algorithm, name, onClose }: AlgorithmDialogProps) {
  const { t } = useTranslation(['algorithms', 'points'])
  const [own, setOwn] = useState(algorithm.own_price)
  const [amount, setAmount] = useState(String(algorithm.price.amount))
  const [units, setUnits] = useState(algorithm.price.units)
  const save = useChange<void>(
    () => changeAlgorithm(algorithm.name, { price: own ? { amount: Number(amount), units } : null }),
    { stale: managedAlgorithmsKey, said: t('price.changed', { name }), then: onClose },
  )
  const toggle = (unit: Unit, on: boolean) =>
    setUnits((old) => UNITS.filter((each) => (each === unit ? on : old.includes(each))))
  return (
    <FormDialog
      title={t('price.title', { name })}
      submit={t('price.save')}
      onSubmit={() => save.mutate()}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <Checkbox checked={own} onChange={setOwn}>
        {t('price.own')}
        <span className="block text-xs text-muted">{t('price.ownHint')}</span>
      </Checkbox>
      {own && (
        <>
          <Field label={t('points:amount')} hint={t('price.hint')}>
            {(control) => (
              <Input
                {...control}
                type="number"
                min={0}
                step={1}
                required
                value={amount}
                onChange={(event) => setAmount(event.target.value)}
              />
            )}
          </Field>
          <fieldset className="flex flex-col gap-1.5">
            <legend className="mb-1 text-xs font-medium">{t('price.units')}</legend>
            {UNITS.map((unit) => (
              <Checkbox
                key={unit}
                checked={units.includes(unit)}
                disabled={units.length === 1 && units.includes(unit)}
                onChange={(on) => toggle(unit, on)}
              >
                {t(`points:unit.${unit}`)}
              </Checkbox>
            ))}
          </fieldset>
        </>
      )}
    </FormDialog>
  )
}
