import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Dialog, ErrorCallout, Field, Input, Select } from '@/components/ui'
import { dateTime } from '@/lib/format'
import { shareModel, type ModelInfo } from './api'

const HOUR = 3600
const PERIODS = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const
type Period = keyof typeof PERIODS

export function ShareModel({ model, onClose }: { model: ModelInfo; onClose: () => void }) {
  const { t } = useTranslation(['models', 'common'])
  const [period, setPeriod] = useState<Period>('week')
  const [copied, setCopied] = useState(false)
  const share = useMutation({ mutationFn: () => shareModel(model.model_info_id, PERIODS[period]) })
  const address = share.data && `${location.origin}/shared#${share.data.secret}`

  const copy = async () => {
    await navigator.clipboard.writeText(address!)
    setCopied(true)
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={t('share.title')}
      footer={
        address ? (
          <Button variant="primary" onClick={onClose}>
            {t('common:action.close')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('common:action.cancel')}</Button>
            <Button variant="primary" busy={share.isPending} onClick={() => share.mutate()}>
              {t('share.create')}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-3 text-sm">
        <p className="text-muted">{t('share.text')}</p>
        {address ? (
          <Field label={t('share.link')} hint={t('share.until', { at: dateTime(share.data.expires_at) })}>
            {(control) => (
              <div className="flex gap-2">
                <Input {...control} readOnly value={address} onFocus={(event) => event.target.select()} />
                {/* Without HTTPS a browser has no clipboard for pages: the field can still be copied by hand. */}
                {window.isSecureContext && (
                  <Button onClick={() => void copy()}>
                    {t(copied ? 'common:action.copied' : 'common:action.copy')}
                  </Button>
                )}
              </div>
            )}
          </Field>
        ) : (
          <Field label={t('share.period')}>
            {(control) => (
              <Select {...control} value={period} onChange={(event) => setPeriod(event.target.value as Period)}>
                {(Object.keys(PERIODS) as Period[]).map((each) => (
                  <option key={each} value={each}>
                    {t(`share.${each}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <ErrorCallout error={share.error} />
      </div>
    </Dialog>
  )
}
