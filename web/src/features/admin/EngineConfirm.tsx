import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/ui'
import type { Engine } from '@/lib/api'
import { drainEngine, enginesKey, removeEngine } from '@/lib/api/admin'
import { useChange } from '@/lib/hooks/useChange'

export type EngineChange = 'drain' | 'resume' | 'remove'

export interface EngineConfirmProps {
  engine: Engine
  change: EngineChange
  onClose: () => void
}

/** Says what a change of an engine means for the work, before it is made. */
export function EngineConfirm({ engine, change, onClose }: EngineConfirmProps) {
  const { t } = useTranslation('admin')
  const id = engine.engine_id
  const make = useChange(() => (change === 'remove' ? removeEngine(id) : drainEngine(id, change === 'drain')), {
    stale: enginesKey,
    said: t(`engines.${change}Done`, { engine: id }),
    then: onClose,
  })
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => make.mutate(undefined)}
      busy={make.isPending}
      error={make.error}
      danger={change === 'remove'}
      title={t(`engines.${change}Title`, { engine: id })}
      confirm={t(`engines.${change}`)}
    >
      {change !== 'resume' && engine.current_load > 0 && (
        <p>{t(`engines.${change}Holds`, { count: engine.current_load })}</p>
      )}
      <p>{t(`engines.${change}Text`)}</p>
    </Confirm>
  )
}
