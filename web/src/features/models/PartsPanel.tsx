import { useTranslation } from 'react-i18next'
import { Button } from '@/components/ui'
import { cn } from '@/lib/cn'
import type { ModelPart } from './api'
import { showAll, showOnly, type Changes, type LookChange } from './looks'
import type { MeshState } from './meshLoader'
import { PartRow } from './PartRow'
import type { DisplayDefaults } from './useDisplayDefaults'

export interface PartsPanelProps {
  /** On a phone; elsewhere it always stands beside the scene. */
  open: boolean
  parts: ModelPart[]
  states: Record<string, MeshState>
  onRetry: (id: string) => void
  onChange: (id: string, change: LookChange) => void
  onChangeAll: (changes: Changes) => void
  background: string
  onBackground: (color: string) => void
  /** A guest looks, and takes nothing away. */
  downloads?: boolean
  /** Absent for a guest, who has no display of their own. */
  defaults?: DisplayDefaults
}

export function PartsPanel({ open, parts, states, onRetry, onChange, onChangeAll, ...rest }: PartsPanelProps) {
  const { t } = useTranslation('models')
  const { background, onBackground, downloads = true, defaults } = rest
  return (
    <aside
      id="viewer-parts"
      aria-label={t('parts.title')}
      className={cn(
        'max-h-[55%] shrink-0 flex-col border-line bg-surface md:flex md:max-h-none md:w-88 md:border-l',
        open ? 'flex border-t md:border-t-0' : 'hidden',
      )}
    >
      <div className="flex min-h-10 items-center gap-2 border-b border-line px-3">
        <h2 className="text-sm font-semibold">{t('parts.title')}</h2>
        <span className="text-xs text-muted">{parts.length}</span>
        <Button
          size="sm"
          variant="ghost"
          className="ml-auto"
          disabled={parts.every((part) => part.visible)}
          onClick={() => onChangeAll(showAll(parts))}
        >
          {t('parts.showAll')}
        </Button>
      </div>
      <ul className="min-h-0 flex-1 divide-y divide-line overflow-y-auto">
        {parts.map((part) => (
          <PartRow
            key={part.model_id}
            part={part}
            state={states[part.model_id]}
            onChange={(change) => onChange(part.model_id, change)}
            onOnly={() => onChangeAll(showOnly(parts, part.model_id))}
            onRetry={() => onRetry(part.model_id)}
            downloads={downloads}
          />
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-2 border-t border-line p-3">
        <label className="flex w-full items-center gap-2 text-xs text-muted">
          <input
            type="color"
            className="size-6 shrink-0 rounded-sm bg-transparent"
            value={background}
            onChange={(event) => onBackground(event.target.value.toUpperCase())}
          />
          {t('parts.background')}
        </label>
        {defaults && (
          <>
            <Button size="sm" onClick={defaults.reset}>
              {t('parts.reset')}
            </Button>
            <Button size="sm" busy={defaults.saving} onClick={defaults.save}>
              {t('parts.saveDefault')}
            </Button>
          </>
        )}
      </div>
    </aside>
  )
}
