import { Checkbox, Select } from '@/components/ui'
import { useOptionTitle } from '@/components/useOptionTitle'
import { useTranslation } from 'react-i18next'
import type { JsonSchema, ParameterField, Scalar } from '@/lib/schema'
import { Fieldset, type FieldsetProps } from './Fieldset'
import type { ParameterControlProps } from './ParameterForm'

interface BoxesProps {
  schema: JsonSchema
  options: Scalar[]
  chosen: Scalar[]
  onChange: (chosen: Scalar[]) => void
}

function Boxes({ schema, options, chosen, onChange }: BoxesProps) {
  const optionTitle = useOptionTitle()
  return (
    <div className="flex flex-wrap gap-x-5 gap-y-2">
      {options.map((option) => (
        <Checkbox
          key={String(option)}
          checked={chosen.includes(option)}
          // In the schema's order, however they were ticked: the same choice is the same order.
          onChange={(on) => onChange(options.filter((o) => (o === option ? on : chosen.includes(o))))}
        >
          {optionTitle(schema, option)}
        </Checkbox>
      ))}
    </div>
  )
}

const list = (value: unknown) => (Array.isArray(value) ? (value as Scalar[]) : [])

type ManyProps = ParameterControlProps<Extract<ParameterField, { kind: 'many' }>> & FieldsetProps

export function ManyField({ field, value, onChange, ...shared }: ManyProps) {
  return (
    <Fieldset {...shared} wide>
      <Boxes schema={field.schema} options={field.options} chosen={list(value)} onChange={onChange} />
    </Fieldset>
  )
}

type WordOrManyProps = ParameterControlProps<Extract<ParameterField, { kind: 'word-or-many' }>> & FieldsetProps

/** `auto`, or one's own choice. */
export function WordOrManyField({ field, value, onChange, ...shared }: WordOrManyProps) {
  const { t } = useTranslation('order')
  const optionTitle = useOptionTitle()
  const own = Array.isArray(value)
  const pick = (text: string) => onChange(field.words.find((word) => String(word) === text) ?? field.options)
  return (
    <Fieldset {...shared} wide>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2">
        <Select
          aria-label={shared.label}
          className="w-auto"
          value={own ? '' : String(value)}
          onChange={(event) => pick(event.target.value)}
        >
          {field.words.map((word) => (
            <option key={String(word)} value={String(word)}>
              {optionTitle(field.schema, word)}
            </option>
          ))}
          <option value="">{t('chooseOwn')}</option>
        </Select>
        {own && <Boxes schema={field.schema} options={field.options} chosen={list(value)} onChange={onChange} />}
      </div>
    </Fieldset>
  )
}
