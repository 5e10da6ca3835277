import { useTranslation } from 'react-i18next'
import { Checkbox } from '@/components/ui'
import type { Draft } from './draft'
import { ChoiceField, NumberField, NumbersField, PairField, Section, TextField } from './fields'
import { LabelRows } from './LabelRows'

export interface ManifestFieldsProps {
  draft: Draft
  onChange: (change: Partial<Draft>) => void
}

/** What docs/models.md calls the manifest, field by field. */
export function ManifestFields(props: ManifestFieldsProps) {
  const { draft, onChange } = props
  const { t } = useTranslation('algorithms')
  return (
    <>
      <Section title={t('form.about')}>
        <TextField
          label={t('form.name')}
          hint={t('form.nameHint')}
          pattern="[a-z][a-z0-9_]{1,63}"
          value={draft.name}
          onChange={(name) => onChange({ name })}
        />
        <TextField
          label={t('version.version')}
          hint={t('form.versionHint')}
          pattern="[0-9A-Za-z][0-9A-Za-z.+\-]{0,63}"
          value={draft.version}
          onChange={(version) => onChange({ version })}
        />
        <PairField label={t('form.title')} value={draft.title} onChange={(title) => onChange({ title })} />
        <PairField
          label={t('form.intendedUse')}
          hint={t('form.intendedUseHint')}
          long
          value={draft.intended_use}
          onChange={(intended_use) => onChange({ intended_use })}
        />
        <PairField
          label={t('form.description')}
          required={false}
          long
          value={draft.description}
          onChange={(description) => onChange({ description })}
        />
        <TextField label={t('form.licence')} value={draft.licence} onChange={(licence) => onChange({ licence })} />
      </Section>
      <Preparation {...props} />
      <Windows {...props} />
      <Section title={t('form.labels')} note={t(draft.output === 'argmax' ? 'form.withBackground' : 'form.without')}>
        <LabelRows draft={draft} onChange={(labels) => onChange({ labels })} />
        <Checkbox checked={draft.surfaces} onChange={(surfaces) => onChange({ surfaces })}>
          {t('form.surfaces')}
        </Checkbox>
      </Section>
      <Limits {...props} />
    </>
  )
}

function Preparation({ draft, onChange }: ManifestFieldsProps) {
  const { t } = useTranslation('algorithms')
  const axes = [1, 2, 3].map((number) => t('form.axis', { number }))
  const pair = draft.normalise === 'zscore' ? [t('form.mean'), t('form.std')] : [t('form.low'), t('form.high')]
  return (
    <Section title={t('form.input')} note={t('form.inputNote')}>
      <TextField
        label={t('form.axes')}
        hint={t('form.axesHint')}
        pattern="[LRPASI]{3}"
        value={draft.axes}
        onChange={(letters) => onChange({ axes: letters.toUpperCase() })}
      />
      <NumbersField
        label={t('form.spacing')}
        hint={t('form.spacingHint')}
        names={axes}
        required={false}
        min={0}
        step="any"
        value={draft.spacing}
        onChange={(spacing) => onChange({ spacing })}
      />
      <NumbersField
        label={t('form.window')}
        hint={t('form.windowHint')}
        names={[t('form.low'), t('form.high')]}
        required={draft.normalise === 'range'}
        step="any"
        value={draft.window}
        onChange={(window) => onChange({ window })}
      />
      <ChoiceField
        label={t('form.normalise')}
        value={draft.normalise}
        choices={(['none', 'range', 'zscore'] as const).map((value) => ({ value, text: t(`normalise.${value}`) }))}
        onChange={(normalise) => onChange({ normalise })}
      />
      {draft.normalise !== 'none' && (
        <NumbersField
          label={t(`normalise.${draft.normalise}Numbers`)}
          names={pair}
          step="any"
          value={draft.numbers}
          onChange={(numbers) => onChange({ numbers })}
        />
      )}
    </Section>
  )
}

function Windows({ draft, onChange }: ManifestFieldsProps) {
  const { t } = useTranslation('algorithms')
  return (
    <Section title={t('form.windows')}>
      <NumbersField
        label={t('form.patch')}
        hint={t('form.patchHint')}
        names={[1, 2, 3].map((number) => t('form.axis', { number }))}
        min={1}
        step={1}
        value={draft.patch}
        onChange={(patch) => onChange({ patch })}
      />
      <NumberField
        label={t('form.overlap')}
        hint={t('form.overlapHint')}
        min={0}
        max={0.9}
        step="any"
        value={draft.overlap}
        onChange={(overlap) => onChange({ overlap })}
      />
      <ChoiceField
        label={t('form.blending')}
        value={draft.blending}
        choices={(['gaussian', 'constant'] as const).map((value) => ({ value, text: t(`blending.${value}`) }))}
        onChange={(blending) => onChange({ blending })}
      />
      <ChoiceField
        label={t('form.output')}
        value={draft.output}
        choices={(['argmax', 'sigmoid', 'threshold'] as const).map((value) => ({ value, text: t(`output.${value}`) }))}
        onChange={(output) => onChange({ output })}
      />
      {draft.output !== 'argmax' && (
        <NumberField
          label={t('form.threshold')}
          hint={t('form.thresholdHint')}
          step="any"
          value={draft.threshold}
          onChange={(threshold) => onChange({ threshold })}
        />
      )}
    </Section>
  )
}

function Limits({ draft, onChange }: ManifestFieldsProps) {
  const { t } = useTranslation('algorithms')
  return (
    <Section title={t('form.limits')}>
      <NumberField
        label={t('form.memory')}
        hint={t('form.memoryHint')}
        min={256}
        step={1}
        value={draft.memory_mb}
        onChange={(memory_mb) => onChange({ memory_mb })}
      />
      <NumberField
        label={t('form.memoryPerVoxel')}
        min={0}
        step="any"
        value={draft.memory_mb_per_mvoxel}
        onChange={(memory_mb_per_mvoxel) => onChange({ memory_mb_per_mvoxel })}
      />
      <NumberField
        label={t('form.runs')}
        min={1}
        step={1}
        value={draft.start_to_close_s}
        onChange={(start_to_close_s) => onChange({ start_to_close_s })}
      />
      <NumberField
        label={t('form.waits')}
        min={1}
        step={1}
        value={draft.schedule_to_start_s}
        onChange={(schedule_to_start_s) => onChange({ schedule_to_start_s })}
      />
    </Section>
  )
}
