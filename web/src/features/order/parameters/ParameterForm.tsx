import { ChevronRightIcon } from '@heroicons/react/16/solid'
import { useTranslation } from 'react-i18next'
import { Checkbox, Field, Input, Select } from '@/components/ui'
import { useOptionTitle } from '@/components/useOptionTitle'
import { useLanguage } from '@/lib/i18n'
import { fieldHint, fieldTitle, type Faults, type ParameterField, type Scalar, type Values } from '@/lib/schema'
import { ManyField, WordOrManyField } from './ManyField'
import { NumberInput, RangeField } from './NumberField'
import { useFaultText } from './faultText'

export interface ParameterFormProps {
  fields: ParameterField[]
  values: Values
  onChange: (values: Values) => void
  faults: Faults
  path?: string
}

/** Asks for the parameters that an algorithm's JSON Schema names. */
export function ParameterForm({ fields, values, onChange, faults, path = '' }: ParameterFormProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {fields.map((field) => (
        <ParameterControl
          key={field.name}
          field={field}
          value={values[field.name]}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
          faults={faults}
          path={path + field.name}
        />
      ))}
    </div>
  )
}

export interface ParameterControlProps<F extends ParameterField = ParameterField> {
  field: F
  value: unknown
  onChange: (value: unknown) => void
  faults: Faults
  path: string
}

function ParameterControl(props: ParameterControlProps) {
  const { field, value, onChange, faults, path } = props
  const { t } = useTranslation('order')
  const language = useLanguage((state) => state.language)
  const title = fieldTitle(field, language)
  const hint = fieldHint(field.schema, language)
  const faultText = useFaultText()
  const shared = { label: title, hint, error: faultText(faults[path]) }
  const optionTitle = useOptionTitle()

  switch (field.kind) {
    case 'flag':
      return (
        <div className="self-center sm:col-span-2">
          <Checkbox checked={value === true} onChange={onChange}>
            {title}
            {hint && <span className="block text-xs text-muted">{hint}</span>}
          </Checkbox>
        </div>
      )
    case 'choice':
      return (
        <Field {...shared}>
          {(control) => (
            <Select
              {...control}
              value={String(value)}
              onChange={(e) => onChange(original(field.options, e.target.value))}
            >
              {field.options.map((option) => (
                <option key={String(option)} value={String(option)}>
                  {optionTitle(field.schema, option)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )
    case 'number':
      return (
        <Field {...shared} optional={!field.required && field.initial === undefined}>
          {(control) => (
            <NumberInput {...control} bounds={field} value={value as number | undefined} onChange={onChange} />
          )}
        </Field>
      )
    case 'text':
      return (
        <Field {...shared} optional={!field.required}>
          {(control) => (
            <Input
              {...control}
              maxLength={field.maxLength}
              value={(value as string | undefined) ?? ''}
              onChange={(event) => onChange(event.target.value || undefined)}
            />
          )}
        </Field>
      )
    case 'range':
      return <RangeField {...props} {...shared} field={field} />
    case 'many':
      return <ManyField {...props} {...shared} field={field} />
    case 'word-or-many':
      return <WordOrManyField {...props} {...shared} field={field} />
    case 'group':
      return (
        <details className="group sm:col-span-2">
          <summary className="-ml-1 flex w-fit list-none items-center gap-1 rounded-sm text-xs font-medium">
            <ChevronRightIcon className="size-4 text-grey transition-transform group-open:rotate-90" aria-hidden />
            {title}
            <span className="font-normal text-muted">{t('advanced')}</span>
          </summary>
          {hint && <p className="mt-1 text-xs text-muted">{hint}</p>}
          <div className="mt-3 border-l-2 border-line pl-3">
            <ParameterForm
              fields={field.fields}
              values={(value ?? {}) as Values}
              onChange={onChange}
              faults={faults}
              path={`${path}.`}
            />
          </div>
        </details>
      )
  }
}

const original = (options: Scalar[], text: string) => options.find((option) => String(option) === text)
