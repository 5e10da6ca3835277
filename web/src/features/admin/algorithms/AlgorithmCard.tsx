import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, CardHeader, Confirm } from '@/components/ui'
import { useAmount } from '@/components/useAmount'
import type { ManagedAlgorithm } from '@/lib/api'
import { changeAlgorithm, managedAlgorithmsKey } from '@/lib/api/algorithms'
import { localized, useLanguage } from '@/lib/i18n'
import { useChange } from '@/lib/hooks/useChange'
import { ChangesDialog } from './ChangesDialog'
import { PriceDialog } from './PriceDialog'
import { ShadowsDialog } from './ShadowsDialog'
import { VersionTable } from './VersionTable'

type Asked = 'price' | 'changes' | 'shadows' | 'switch'

/** One algorithm: what it costs, whether it is offered, and its versions. */
export function AlgorithmCard({ algorithm }: { algorithm: ManagedAlgorithm }) {
  const { t } = useTranslation('algorithms')
  const language = useLanguage((state) => state.language)
  const amount = useAmount()
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
  const name = localized(algorithm.title, algorithm.name, language)
  const { price } = algorithm
  const button = (what: Asked, text: string) => (
    <Button size="sm" aria-label={t('buttonOf', { what: text, name })} onClick={() => setAsked(what)}>
      {text}
    </Button>
  )
  return (
    <Card aria-label={name}>
      <CardHeader
        title={name}
        note={
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span>{algorithm.name}</span>
            <Badge>{t(`source.${algorithm.source}`)}</Badge>
            {!algorithm.enabled && <Badge tone="amber">{t('notOffered')}</Badge>}
            <span className="tnum">
              {price.amount === 0 || !price.units[0] ? t('free') : amount(price.amount, price.units[0])}
              {!algorithm.own_price && ` (${t('usualPrice')})`}
            </span>
          </span>
        }
        actions={
          <span className="flex flex-wrap gap-1">
            {algorithm.source === 'onnx' && button('shadows', t('shadows.button'))}
            {button('changes', t('changes.button'))}
            {button('price', t('price.button'))}
            {button('switch', t(algorithm.enabled ? 'withdraw' : 'offer'))}
          </span>
        }
      />
      <VersionTable algorithm={algorithm} name={name} />
      {asked === 'price' && <PriceDialog algorithm={algorithm} name={name} onClose={close} />}
      {asked === 'changes' && <ChangesDialog algorithm={algorithm} name={name} onClose={close} />}
      {asked === 'shadows' && <ShadowsDialog algorithm={algorithm} name={name} onClose={close} />}
      {asked === 'switch' && <SwitchConfirm algorithm={algorithm} name={name} onClose={close} />}
    </Card>
  )
}

export interface AlgorithmDialogProps {
  algorithm: ManagedAlgorithm
  name: string
  onClose: () => void
}

function SwitchConfirm({ algorithm, name, onClose }: AlgorithmDialogProps) {
  const { t } = useTranslation('algorithms')
  const off = algorithm.enabled
  const change = useChange<void>(() => changeAlgorithm(algorithm.name, { enabled: !off }), {
    stale: managedAlgorithmsKey,
    said: t(off ? 'withdrawn' : 'offered', { name }),
    then: onClose,
  })
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => change.mutate()}
      busy={change.isPending}
      error={change.error}
      danger={off}
      title={t(off ? 'withdrawTitle' : 'offerTitle', { name })}
      confirm={t(off ? 'withdraw' : 'offer')}
    >
      <p>{t(off ? 'withdrawText' : 'offerText')}</p>
    </Confirm>
  )
}
