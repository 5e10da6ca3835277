import { PencilIcon, StarIcon, TrashIcon } from '@heroicons/react/16/solid'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, errorText, IconButton, Input } from '@/components/ui'
import { number } from '@/lib/format'
import { toast } from '@/lib/toast'
import type { Engine, Mark, MarkTool, Tool } from '@/viewer/dicom'
import { exportMarks, keyImagesQuery, type KeyImage } from './api'
import { jumpTo } from './jump'
import { TOOL_ICONS } from './toolIcons'
import type { MarksHere } from './useMarks'

const ICON: Record<MarkTool, Tool> = {
  length: 'length',
  angle: 'angle',
  area: 'freehand',
  ellipse: 'ellipse',
  rectangle: 'rectangle',
  arrow: 'arrow',
  text: 'text',
  probe: 'probe',
}

/** What was measured, in one line. */
export function resultOf({ stats, text }: Mark): string {
  const said = [
    stats.length_mm != null && `${number(stats.length_mm, 1)} mm`,
    stats.angle_deg != null && `${number(stats.angle_deg, 1)}°`,
    stats.area_mm2 != null && `${number(stats.area_mm2 / 100, 2)} cm²`,
    stats.mean != null && `${number(stats.mean, 1)}${stats.std != null ? ` ± ${number(stats.std, 1)}` : ''}`,
  ].filter(Boolean)
  return said.join(' · ') || text
}

export function MarksPanel({ engine, here, studyUid }: { engine: Engine; here: MarksHere; studyUid: string }) {
  const { t } = useTranslation(['viewer', 'common'])
  const { t: common } = useTranslation()
  const { marks, kept, save } = here
  const keyImages = useQuery(keyImagesQuery(studyUid)).data?.items ?? []
  const written = useMutation({
    mutationFn: () => exportMarks(studyUid),
    onSuccess: ({ count }) => toast('success', t('marks.exported', { count })),
    onError: (error) => {
      const { title, detail } = errorText(error, common)
      toast('error', title, detail)
    },
  })
  return (
    <section aria-label={t('keys.command.measurements')} className="flex min-h-0 flex-1 flex-col">
      <header className="flex items-center gap-2 border-b border-line px-3 py-2">
        <h2 className="flex-1 text-sm font-semibold">{t('keys.command.measurements')}</h2>
        <span role="status" className={save === 'failed' ? 'text-xs text-red-text' : 'text-xs text-muted'}>
          {marks.length > 0 && t(`marks.${save}`)}
        </span>
      </header>
      <ul className="min-h-0 flex-1 divide-y divide-line overflow-auto">
        {marks.map((mark) => (
          <MarkRow
            key={mark.id}
            mark={mark}
            by={kept.get(mark.id)?.created_by_name}
            locked={kept.get(mark.id)?.read_only ?? false}
            engine={engine}
          />
        ))}
        {marks.length === 0 && <li className="p-3 text-xs text-muted">{t('marks.empty')}</li>}
      </ul>
      {keyImages.length > 0 && <KeyImages images={keyImages} engine={engine} />}
      {marks.length > 0 && (
        <footer className="border-t border-line p-2">
          <Button size="sm" busy={written.isPending} onClick={() => written.mutate()} className="w-full">
            {t('marks.export')}
          </Button>
        </footer>
      )}
    </section>
  )
}

interface MarkRowProps {
  mark: Mark
  by: string | undefined
  locked: boolean
  engine: Engine
}

function MarkRow({ mark, by, locked, engine }: MarkRowProps) {
  const { t } = useTranslation(['viewer', 'common'])
  const [naming, setNaming] = useState(false)
  const Mark = TOOL_ICONS[ICON[mark.tool]]
  const name = mark.label || t(`marks.tool.${mark.tool}`)
  return (
    <li className="group flex items-start gap-1 px-2 py-1.5 hover:bg-hover">
      {naming ? (
        <form
          className="flex-1"
          onSubmit={(event) => {
            event.preventDefault()
            const label = new FormData(event.currentTarget).get('label')
            engine.marks.rename(mark.id, typeof label === 'string' ? label.trim() : '')
            setNaming(false)
          }}
        >
          <Input
            name="label"
            aria-label={t('marks.name')}
            defaultValue={mark.label || mark.text}
            maxLength={200}
            autoFocus
            onKeyDown={(event) => event.key === 'Escape' && setNaming(false)}
            onBlur={() => setNaming(false)}
          />
        </form>
      ) : (
        <button
          type="button"
          className="flex min-w-0 flex-1 items-start gap-2 rounded-sm text-left"
          onClick={() => jumpTo(engine, mark)}
        >
          <Mark className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
          <span className="min-w-0">
            <span className="block truncate text-sm">{name}</span>
            <span className="tnum block truncate text-xs text-muted">
              {[resultOf(mark), by].filter(Boolean).join(' · ')}
            </span>
          </span>
        </button>
      )}
      {!naming && !locked && (
        <>
          <IconButton size="sm" icon={PencilIcon} label={t('marks.rename', { name })} onClick={() => setNaming(true)} />
          <IconButton
            size="sm"
            variant="dangerQuiet"
            icon={TrashIcon}
            label={t('marks.delete', { name })}
            onClick={() => engine.marks.remove(mark.id)}
          />
        </>
      )}
    </li>
  )
}

function KeyImages({ images, engine }: { images: KeyImage[]; engine: Engine }) {
  const { t } = useTranslation('viewer')
  return (
    <div className="max-h-40 overflow-auto border-t border-line">
      <h3 className="px-3 pt-2 text-xs text-muted">{t('keyImages')}</h3>
      <ul className="p-1">
        {images.map((image) => (
          <li key={`${image.sop_uid}/${image.frame}`}>
            <button
              type="button"
              className="flex w-full items-center gap-2 rounded-sm px-2 py-1 text-left text-xs hover:bg-hover"
              onClick={() => jumpTo(engine, image)}
            >
              <StarIcon className="size-4 shrink-0 text-amber" aria-hidden />
              <span className="truncate">{image.note || t('keyImageOf', { name: image.created_by_name })}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
