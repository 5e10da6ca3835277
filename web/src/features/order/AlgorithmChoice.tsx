import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/ui'
import type { Algorithm } from '@/lib/api'
import { cn } from '@/lib/cn'
import { localized, useLanguage } from '@/lib/i18n'

export interface AlgorithmChoiceProps {
  algorithms: Algorithm[]
  chosen: Algorithm
  onChoose: (algorithm: Algorithm) => void
}

export function AlgorithmChoice({ algorithms, chosen, onChoose }: AlgorithmChoiceProps) {
  const { t } = useTranslation('order')
  const language = useLanguage((state) => state.language)
  const group = useId()
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-xs font-medium">{t('algorithm')}</legend>
      <div className="flex flex-col divide-y divide-line overflow-hidden rounded-md border border-line-strong">
        {algorithms.map((algorithm) => {
          const isChosen = algorithm.name === chosen.name
          return (
            <label
              key={algorithm.name}
              className={cn(
                'flex cursor-pointer gap-3 px-3 py-2 has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-blue',
                isChosen ? 'bg-blue-tint' : 'hover:bg-sunken',
              )}
            >
              <input
                type="radio"
                name={group}
                checked={isChosen}
                onChange={() => onChoose(algorithm)}
                className="mt-0.5 size-4 shrink-0 accent-blue-fill outline-none"
              />
              <span className="min-w-0 flex-1">
                <span className="flex flex-wrap items-center gap-x-2">
                  <span className="font-medium">{localized(algorithm.title, algorithm.name, language)}</span>
                  <span className="tnum text-xs text-muted">{algorithm.version}</span>
                  {!algorithm.available && <Badge tone="amber">{t('noEngine')}</Badge>}
                </span>
                <span className="block text-xs text-muted">{localized(algorithm.description, '', language)}</span>
                {localized(algorithm.intended_use, '', language) && (
                  <span className="block text-xs text-muted">
                    {t('intendedUse', { text: localized(algorithm.intended_use, '', language) })}
                  </span>
                )}
              </span>
            </label>
          )
        })}
      </div>
    </fieldset>
  )
}
