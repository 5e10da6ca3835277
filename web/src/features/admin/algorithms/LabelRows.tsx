import { PlusIcon, TrashIcon } from '@heroicons/react/20/solid'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '@/components/ui'
import { newLabel, type Draft, type LabelDraft } from './draft'
import { ChoiceField, NumberField, PairField, TextField } from './fields'

/** The structures the network finds. Their order is that of its channels. */
export function LabelRows({ draft, onChange }: { draft: Draft; onChange: (labels: LabelDraft[]) => void }) {
  const { t } = useTranslation('algorithms')
  const { labels } = draft
  const set = (at: number, change: Partial<LabelDraft>) =>
    onChange(labels.map((label, i) => (i === at ? { ...label, ...change } : label)))
  return (
    <div className="flex flex-col gap-3 sm:col-span-2">
      {labels.map((label, i) => (
        <fieldset key={i} className="rounded-md border border-line p-3">
          <legend className="px-1 text-xs font-medium">{t('form.label', { number: i + 1 })}</legend>
          <div className="grid gap-3 sm:grid-cols-2">
            <TextField
              label={t('form.labelName')}
              pattern="[a-z][a-z0-9_]{0,31}"
              hint={t('form.labelNameHint')}
              value={label.name}
              onChange={(name) => set(i, { name })}
            />
            <TextField
              label={t('form.color')}
              type="color"
              value={label.color}
              onChange={(color) => set(i, { color: color.toUpperCase() })}
            />
            <PairField label={t('form.title')} value={label.title} onChange={(title) => set(i, { title })} />
            <ChoiceField
              label={t('form.keep')}
              value={label.keep}
              choices={[
                { value: 'all', text: t('form.keepAll') },
                { value: 'largest', text: t('form.keepLargest') },
              ]}
              onChange={(keep) => set(i, { keep })}
            />
            <NumberField
              label={t('form.minVolume')}
              min={0}
              step="any"
              value={label.min_volume_ml}
              onChange={(min_volume_ml) => set(i, { min_volume_ml })}
            />
          </div>
          {labels.length > 1 && (
            <div className="mt-2 flex justify-end">
              <IconButton
                icon={TrashIcon}
                size="sm"
                variant="dangerQuiet"
                label={t('form.removeLabel', { number: i + 1 })}
                onClick={() => onChange(labels.filter((_, j) => j !== i))}
              />
            </div>
          )}
        </fieldset>
      ))}
      <Button icon={PlusIcon} className="self-start" onClick={() => onChange([...labels, newLabel()])}>
        {t('form.addLabel')}
      </Button>
    </div>
  )
}
