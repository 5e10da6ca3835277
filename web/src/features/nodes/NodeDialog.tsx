import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox, Field, Input, TextArea, TextField } from '@/components/ui'
import { FormDialog } from '@/components/FormDialog'
import { addNode, changeNode, nodesKey, type DicomNode, type DicomNodeWish } from '@/lib/api/nodes'
import { useChange } from '@/lib/hooks/useChange'
import { RIGHTS } from './columns'

const FRESH: DicomNodeWish = {
  ae_title: '',
  host: '',
  port: 104,
  description: '',
  may_store: true,
  may_query: false,
  may_retrieve: false,
  may_worklist: false,
  addresses: [],
}

const FIELDS = Object.keys(FRESH) as (keyof DicomNodeWish)[]

const wishOf = (node: DicomNode): DicomNodeWish => ({
  ...FRESH,
  ...Object.fromEntries(FIELDS.map((field) => [field, node[field]])),
})

/** Registers a node, or describes one anew. */
export function NodeDialog({ node, onClose }: { node?: DicomNode; onClose: () => void }) {
  const { t } = useTranslation(['nodes', 'common'])
  const [form, setForm] = useState<DicomNodeWish>(() => (node ? wishOf(node) : FRESH))
  const [addresses, setAddresses] = useState(form.addresses.join('\n'))
  const set = (change: Partial<DicomNodeWish>) => setForm((old) => ({ ...old, ...change }))
  const wish = { ...form, addresses: addresses.split(/[\s,]+/).filter(Boolean) }
  const save = useChange(() => (node ? changeNode(node.id, wish) : addNode(wish)), {
    stale: nodesKey,
    said: t('saved', { title: form.ae_title }),
    then: onClose,
  })
  return (
    <FormDialog
      title={node ? t('editTitle', { title: node.ae_title }) : t('new')}
      submit={t(node ? 'common:action.save' : 'add')}
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <TextField
        label={t('aeTitle')}
        hint={t('aeTitleHint')}
        required
        maxLength={16}
        autoComplete="off"
        className="font-mono"
        value={form.ae_title}
        onText={(ae_title) => set({ ae_title })}
      />
      <div className="flex gap-3">
        <Field label={t('host')} hint={t('hostHint')} optional className="flex-1">
          {(control) => (
            <Input
              {...control}
              maxLength={255}
              autoComplete="off"
              value={form.host}
              onChange={(event) => set({ host: event.target.value.trim() })}
            />
          )}
        </Field>
        <Field label={t('port')} className="w-24">
          {(control) => (
            <Input
              {...control}
              type="number"
              required
              min={1}
              max={65535}
              value={form.port}
              onChange={(event) => set({ port: event.target.valueAsNumber || 0 })}
            />
          )}
        </Field>
      </div>
      <TextField
        label={t('description')}
        maxLength={200}
        autoComplete="off"
        value={form.description}
        onText={(description) => set({ description })}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-xs font-medium">{t('rights')}</legend>
        {RIGHTS.map((right) => (
          <Checkbox key={right} checked={form[right]} onChange={(checked) => set({ [right]: checked })}>
            {t(right)} <span className="text-xs text-muted">{t(`${right}Hint`)}</span>
          </Checkbox>
        ))}
      </fieldset>
      <Field label={t('addresses')} hint={t('addressesHint')} optional>
        {(control) => (
          <TextArea {...control} rows={2} value={addresses} onChange={(event) => setAddresses(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}
