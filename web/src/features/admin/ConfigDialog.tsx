import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Field, Input, Select, TextArea } from '@/components/ui'
import type { ConfigEntry } from '@/lib/api'
import { configsKey, setConfig } from '@/lib/api/admin'
import { isDefault, parsed, shown } from './configValue'
import { FormDialog } from '@/components/FormDialog'
import { useChange } from '@/lib/hooks/useChange'

const pretty = (value: unknown) =>
  typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : shown(value)

export function ConfigDialog({ entry, onClose }: { entry: ConfigEntry; onClose: () => void }) {
  const { t } = useTranslation(['admin', 'common'])
  const queryClient = useQueryClient()
  const [typed, setTyped] = useState(pretty(entry.value))
  const value = parsed(typed, entry.value)
  const save = useChange((next: unknown) => setConfig(entry.key, next), {
    stale: configsKey,
    said: t('common:saved'),
    then: () => {
      // A setting may show anywhere: prices, limits, what is open.
      void queryClient.invalidateQueries()
      onClose()
    },
  })
  const invalid =
    value === undefined ? t(typeof entry.value === 'number' ? 'configs.notNumber' : 'configs.notJson') : null
  return (
    <FormDialog
      title={entry.key}
      submit={t('common:action.save')}
      onSubmit={() => value !== undefined && save.mutate(value)}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <p className="text-muted">{entry.description}</p>
      <Field label={t('configs.value')} error={invalid} hint={t('configs.defaultIs', { value: shown(entry.default) })}>
        {(control) => {
          if (typeof entry.value === 'boolean')
            return (
              <Select {...control} value={typed} onChange={(event) => setTyped(event.target.value)}>
                <option value="true">{t('common:yes')}</option>
                <option value="false">{t('common:no')}</option>
              </Select>
            )
          if (typeof entry.value === 'object')
            return (
              <TextArea
                {...control}
                className="min-h-40 font-mono text-xs"
                spellCheck={false}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            )
          return <Input {...control} value={typed} onChange={(event) => setTyped(event.target.value)} />
        }}
      </Field>
      {!isDefault(entry) && (
        <Button size="sm" className="self-start" onClick={() => setTyped(pretty(entry.default))}>
          {t('configs.useDefault')}
        </Button>
      )}
    </FormDialog>
  )
}
