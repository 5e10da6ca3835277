import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox, Field, Select } from '@/components/ui'
import type { ModelVersion } from '@/lib/api'
import { changeVersion, managedAlgorithmsKey } from '@/lib/api/algorithms'
import { number } from '@/lib/format'
import { FormDialog } from '@/components/FormDialog'
import { useChange } from '@/lib/hooks/useChange'

export interface VersionDialogProps {
  version: ModelVersion
  name: string
  onClose: () => void
}

/** State, share and shadow belong together: one change, and what it means for orders, in one place. */
export function VersionDialog({ version, name, onClose }: VersionDialogProps) {
  const { t } = useTranslation('algorithms')
  const [state, setState] = useState(version.state)
  const [share, setShare] = useState(version.canary_percent)
  const [shadow, setShadow] = useState(version.shadow)
  const canary = shadow ? 0 : share
  const save = useChange<void>(
    () => changeVersion(version.name, version.version, { state, canary_percent: canary, shadow }),
    {
      stale: managedAlgorithmsKey,
      said: t('version.changed', { name, version: version.version }),
      then: onClose,
    },
  )
  const meaning = state === 'DISABLED' ? 'disabled' : shadow ? 'shadow' : canary > 0 ? 'canary' : 'main'
  return (
    <FormDialog
      title={t('version.changeTitle', { name, version: version.version })}
      submit={t('version.save')}
      onSubmit={() => save.mutate()}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <Field label={t('version.state')}>
        {(control) => (
          <Select {...control} value={state} onChange={(event) => setState(event.target.value as typeof state)}>
            <option value="ENABLED">{t('state.ENABLED')}</option>
            <option value="DISABLED">{t('state.DISABLED')}</option>
          </Select>
        )}
      </Field>
      <Field label={t('version.canary')} hint={t('version.canaryHint')}>
        {(control) => (
          <div className="flex items-center gap-2">
            <input
              {...control}
              type="range"
              className="min-w-0 flex-1 accent-blue"
              min={0}
              max={100}
              step={1}
              disabled={shadow}
              value={canary}
              aria-valuetext={`${number(canary)} %`}
              onChange={(event) => setShare(Number(event.target.value))}
            />
            <span className="tnum w-12 text-right text-sm">{number(canary)} %</span>
          </div>
        )}
      </Field>
      <Checkbox checked={shadow} onChange={setShadow}>
        {t('version.shadow')}
        <span className="block text-xs text-muted">{t('version.shadowHint')}</span>
      </Checkbox>
      <p className="text-sm">{t(`meaning.${meaning}`, { share: number(canary) })}</p>
    </FormDialog>
  )
}
