import { ArrowsUpDownIcon, XMarkIcon } from '@heroicons/react/20/solid'
import { useTranslation } from 'react-i18next'
import { IconButton, Select } from '@/components/ui'
import type { ModelScene, Section, SectionAxis } from '@/viewer'

const AXES: SectionAxis[] = ['axial', 'coronal', 'sagittal']

export interface SectionBarProps {
  scene: ModelScene
  section: Section
  onChange: (section: Section | null) => void
}

/** Where the section plane lies. */
export function SectionBar({ scene, section, onChange }: SectionBarProps) {
  const { t } = useTranslation(['models', 'common'])
  const [low, high] = scene.sectionRange(section.axis) ?? [0, 0]
  const turnTo = (axis: SectionAxis) => {
    const [from, to] = scene.sectionRange(axis) ?? [0, 0]
    onChange({ axis, position: (from + to) / 2, flipped: false })
  }
  return (
    <div
      role="group"
      aria-label={t('section.title')}
      className="absolute bottom-2 left-2 flex w-[min(34rem,calc(100%-7.5rem))] flex-wrap items-center gap-2 rounded-md border border-line bg-surface/90 p-2 shadow-card"
    >
      <Select
        aria-label={t('section.axis')}
        className="h-7 w-auto text-xs"
        value={section.axis}
        onChange={(event) => turnTo(event.target.value as SectionAxis)}
      >
        {AXES.map((axis) => (
          <option key={axis} value={axis}>
            {t(`section.${axis}`)}
          </option>
        ))}
      </Select>
      <input
        type="range"
        aria-label={t('section.position')}
        aria-valuetext={`${section.position.toFixed(0)} mm`}
        className="min-w-24 flex-1 accent-blue"
        min={Math.floor(low)}
        max={Math.ceil(high)}
        step={0.5}
        value={section.position}
        onChange={(event) => onChange({ ...section, position: Number(event.target.value) })}
      />
      <span className="tnum w-20 text-right text-xs text-muted">{section.position.toFixed(1)} mm</span>
      <IconButton
        icon={ArrowsUpDownIcon}
        size="sm"
        label={t('section.flip')}
        onClick={() => onChange({ ...section, flipped: !section.flipped })}
      />
      <IconButton icon={XMarkIcon} size="sm" label={t('common:action.close')} onClick={() => onChange(null)} />
    </div>
  )
}
