import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Card, CardBody, CardHeader, Field, Input, Select, TextArea } from '@/components/ui'
import type { Pair } from './draft'

export function Section({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <Card>
      <CardHeader title={title} note={note} />
      <CardBody className="grid gap-4 sm:grid-cols-2">{children}</CardBody>
    </Card>
  )
}

interface TextFieldProps {
  label: string
  hint?: string
  value: string
  onChange: (value: string) => void
  required?: boolean
  pattern?: string
  type?: 'text' | 'color'
  className?: string
}

export function TextField({ label, hint, value, onChange, required = true, className, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} optional={!required} className={className}>
      {(control) => (
        <Input
          {...control}
          {...input}
          required={required}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

interface NumberFieldProps {
  label: string
  hint?: string
  value: string
  onChange: (value: string) => void
  required?: boolean
  min?: number
  max?: number
  step?: number | 'any'
}

export function NumberField({ label, hint, value, onChange, required = true, ...limits }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} optional={!required}>
      {(control) => (
        <Input
          {...control}
          {...limits}
          type="number"
          required={required}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export interface NumbersFieldProps<T extends string[]> {
  label: string
  hint?: string
  /** The name of each number, for those who cannot see that they lie side by side. */
  names: string[]
  value: T
  onChange: (value: T) => void
  required?: boolean
  min?: number
  step?: number | 'any'
}

/** Numbers that belong together, in one line. */
export function NumbersField<T extends string[]>(props: NumbersFieldProps<T>) {
  const { label, hint, names, value, onChange, required = true, ...limits } = props
  const { t } = useTranslation()
  // All or none: half a spacing means nothing.
  const some = value.some((text) => text !== '')
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="text-xs font-medium">
        {label}
        {!required && <span className="ml-1.5 font-normal text-muted">{t('optional')}</span>}
      </legend>
      <div className="mt-1 flex gap-2">
        {value.map((text, i) => (
          <Input
            key={i}
            {...limits}
            type="number"
            className="min-w-0 flex-1"
            aria-label={`${label}: ${names[i]}`}
            placeholder={names[i]}
            required={required || some}
            value={text}
            onChange={(event) => onChange(value.map((old, j) => (i === j ? event.target.value : old)) as T)}
          />
        ))}
      </div>
      {hint && <p className="text-xs text-muted">{hint}</p>}
    </fieldset>
  )
}

interface ChoiceFieldProps<T extends string> {
  label: string
  hint?: string
  value: T
  choices: readonly { value: T; text: string }[]
  onChange: (value: T) => void
}

export function ChoiceField<T extends string>({ label, hint, value, choices, onChange }: ChoiceFieldProps<T>) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <Select {...control} value={value} onChange={(event) => onChange(event.target.value as T)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

interface PairFieldProps {
  label: string
  hint?: string
  value: Pair
  onChange: (value: Pair) => void
  required?: boolean
  long?: boolean
}

/** One text in both languages; where it may be left out, both are. */
export function PairField({ label, hint, value, onChange, required = true, long }: PairFieldProps) {
  const { t } = useTranslation('algorithms')
  const needed = required || value.en !== '' || value.zh !== ''
  const one = (language: keyof Pair, lang: string) => (
    <Field label={`${label} (${t(`form.${language}`)})`} hint={hint} optional={!required}>
      {(control) => {
        const props = {
          ...control,
          lang,
          required: needed,
          value: value[language],
          onChange: (event: { target: { value: string } }) => onChange({ ...value, [language]: event.target.value }),
        }
        return long ? <TextArea {...props} rows={2} /> : <Input {...props} autoComplete="off" />
      }}
    </Field>
  )
  return (
    <>
      {one('en', 'en')}
      {one('zh', 'zh-CN')}
    </>
  )
}
