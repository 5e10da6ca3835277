import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Checkbox, ErrorCallout, Field, Input } from '@/components/ui'
import { FormDialog } from '@/components/FormDialog'
import { dryRun, rulesKey, saveRule } from '@/lib/api/archive'
import type { Conditions, Rule, RuleAction, RuleWish } from '@/lib/api/archiveTypes'
import { profileQuery } from '@/lib/api/account'
import { useChange } from '@/lib/hooks/useChange'
import { ActionFields } from './ActionFields'
import { Preview } from './Preview'
import { WordsInput } from './WordsInput'

const ANY: Conditions = {
  modality: [],
  body_part: '',
  description: '',
  min_slices: null,
  max_slices: null,
  source: '',
  sop_class: [],
}

export function RuleEditor({ rule, onClose }: { rule?: Rule; onClose: () => void }) {
  const { t } = useTranslation('archive')
  const me = useQuery(profileQuery).data?.user_id ?? ''
  const [name, setName] = useState(rule?.name ?? '')
  const [enabled, setEnabled] = useState(rule?.enabled ?? true)
  const [is, setIs] = useState(rule?.conditions ?? ANY)
  const [actions, setActions] = useState<RuleAction[]>(rule?.actions ?? [])
  const wish: RuleWish = { name, enabled, conditions: is, actions }
  const save = useChange(saveRule, { stale: rulesKey, said: t('rules.saved'), then: onClose })
  const preview = useMutation({ mutationFn: dryRun })
  const change = (next: Partial<Conditions>) => setIs((old) => ({ ...old, ...next }))
  const add = () => setActions((old) => [...old, { kind: 'notify', user_ids: me ? [me] : [], roles: [] }])
  const texts = ['body_part', 'description', 'source'] as const
  return (
    <FormDialog
      title={rule ? t('rules.editTitle', { name: rule.name }) : t('rules.new')}
      submit={t('rules.save')}
      onSubmit={() => save.mutate({ rule_id: rule?.rule_id, wish })}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
      className="max-w-3xl"
    >
      <Field label={t('rules.name')}>
        {(control) => (
          <Input {...control} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <Checkbox checked={enabled} onChange={setEnabled}>
        {t('rules.enabled')}
      </Checkbox>
      <fieldset className="grid gap-3 sm:grid-cols-2">
        <legend className="mb-2 font-medium">{t('rules.when')}</legend>
        <Field label={t('condition.modality')} hint={t('condition.modalityHint')}>
          {(control) => (
            <WordsInput
              {...control}
              words={is.modality}
              onWords={(modality) => change({ modality: modality.map((word) => word.toUpperCase()) })}
              className="uppercase"
            />
          )}
        </Field>
        {texts.map((key) => (
          <Field key={key} label={t(`condition.${key}`)} hint={t(`condition.${key}Hint`)}>
            {(control) => (
              <Input
                {...control}
                maxLength={100}
                value={is[key]}
                onChange={(event) => change({ [key]: event.target.value })}
              />
            )}
          </Field>
        ))}
        {(['min_slices', 'max_slices'] as const).map((key) => (
          <Field key={key} label={t(`condition.${key}`)}>
            {(control) => (
              <Input
                {...control}
                type="number"
                min={1}
                value={is[key] ?? ''}
                onChange={(event) => change({ [key]: event.target.value === '' ? null : event.target.valueAsNumber })}
              />
            )}
          </Field>
        ))}
        <Field label={t('condition.sop_class')} hint={t('condition.sop_classHint')} className="sm:col-span-2">
          {(control) => <WordsInput {...control} words={is.sop_class} onWords={(sop_class) => change({ sop_class })} />}
        </Field>
      </fieldset>
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-2 font-medium">{t('rules.then')}</legend>
        {actions.map((action, at) => (
          <ActionFields
            key={at}
            action={action}
            onChange={(next) => setActions((old) => old.map((each, index) => (index === at ? next : each)))}
            onRemove={() => setActions((old) => old.filter((_, index) => index !== at))}
          />
        ))}
        <div>
          <Button onClick={add}>{t('rules.addAction')}</Button>
        </div>
      </fieldset>
      <section className="flex flex-col gap-3 border-t border-line pt-3">
        <div className="flex items-center gap-3">
          <Button
            busy={preview.isPending}
            disabled={actions.length === 0}
            onClick={() => preview.mutate({ ...wish, name: name || '—' })}
          >
            {t('preview.try')}
          </Button>
          <span className="text-xs text-muted">{t('preview.note')}</span>
        </div>
        {preview.error && <ErrorCallout error={preview.error} />}
        {preview.data && <Preview run={preview.data} />}
      </section>
    </FormDialog>
  )
}
