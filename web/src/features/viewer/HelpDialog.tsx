import { useTranslation } from 'react-i18next'
import { Dialog } from '@/components/ui'
import { KEYMAP, type KeyGroup } from '@/viewer/dicom'
import { reading, useReading } from './state'

const GROUPS: KeyGroup[] = ['moving', 'window', 'picture', 'tools', 'layout', 'panels']

/** Every key and what it does. */
export function HelpDialog() {
  const { t } = useTranslation('viewer')
  const open = useReading((state) => state.dialog === 'help')
  return (
    <Dialog open={open} onClose={() => reading.dialog(null)} title={t('keyboard')} className="max-w-4xl">
      <div className="columns-1 gap-8 sm:columns-2 lg:columns-3">
        {GROUPS.map((group) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 text-xs font-semibold text-muted">{t(`keyGroup.${group}`)}</h3>
            <dl>
              {KEYMAP.filter((binding) => binding.group === group).map((binding) => (
                <div key={binding.name} className="flex items-baseline gap-2 py-0.5">
                  <dt className="min-w-0 flex-1">{t(`keys.${binding.name}` as 'keys.command.auto')}</dt>
                  <dd className="flex gap-1">
                    {binding.keys.map((key) => (
                      <kbd key={key} className="rounded-sm border border-line-strong bg-sunken px-1.5 text-xs">
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section className="break-inside-avoid text-xs text-muted">
          <h3 className="mb-1 font-semibold">{t('mouse.title')}</h3>
          <p>{t('mouse.text')}</p>
        </section>
      </div>
    </Dialog>
  )
}
