import { EyeIcon, EyeSlashIcon } from '@heroicons/react/20/solid'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Button, IconButton, Spinner } from '@/components/ui'
import { cn } from '@/lib/cn'
import { download } from '@/lib/download'
import { number } from '@/lib/format'
import { toast } from '@/lib/toast'
import type { ModelPart } from './api'
import { fileName, type LookChange } from './looks'
import type { MeshState } from './meshLoader'
import { partName } from './tissue'

export interface PartRowProps {
  part: ModelPart
  state: MeshState | undefined
  onChange: (change: LookChange) => void
  onOnly: () => void
  onRetry: () => void
  downloads: boolean
}

export function PartRow({ part, state, onChange, onOnly, onRetry, downloads }: PartRowProps) {
  const { t } = useTranslation(['models', 'common'])
  const name = partName(part, t)
  const facts = [
    // A skin is a hull: what is measured is the whole body inside it, not the skin.
    part.volume_ml !== null &&
      t(part.tissue === 'skin' ? 'parts.encloses' : 'parts.volume', {
        volume: number(part.volume_ml, part.volume_ml < 10 ? 2 : 0),
      }),
    part.area_cm2 !== null && `${number(part.area_cm2, part.area_cm2 < 10 ? 2 : 0)} cm²`,
    t('parts.triangles', { count: part.triangles, shown: number(part.triangles) }),
  ].filter(Boolean)

  return (
    <li className={cn('flex flex-col gap-1.5 px-3 py-2', !part.visible && 'text-muted')}>
      <div className="flex items-center gap-2">
        <IconButton
          icon={part.visible ? EyeIcon : EyeSlashIcon}
          size="sm"
          label={t(part.visible ? 'parts.hide' : 'parts.show', { name })}
          aria-pressed={part.visible}
          onClick={() => onChange({ visible: !part.visible })}
        />
        <input
          type="color"
          aria-label={t('parts.color', { name })}
          className="size-6 shrink-0 rounded-sm bg-transparent"
          value={part.color}
          onChange={(event) => onChange({ color: event.target.value.toUpperCase() })}
        />
        <span className="min-w-0 flex-1 truncate text-sm font-medium" title={part.stl_name}>
          {name}
        </span>
        {state === 'loading' && <Spinner />}
        {state === 'failed' && (
          <Button size="sm" variant="dangerQuiet" onClick={onRetry}>
            {t('parts.retry')}
          </Button>
        )}
        <Button size="sm" variant="ghost" onClick={onOnly} aria-label={t('parts.only', { name })}>
          {t('parts.onlyShort')}
        </Button>
      </div>
      <div className="flex items-center gap-2">
        <input
          type="range"
          aria-label={t('parts.opacity', { name })}
          aria-valuetext={`${Math.round(part.opacity * 100)} %`}
          className="min-w-0 flex-1 accent-blue"
          min={0}
          max={1}
          step={0.05}
          value={part.opacity}
          onChange={(event) => onChange({ opacity: Number(event.target.value) })}
        />
        <span className="tnum w-10 text-right text-xs text-muted">{Math.round(part.opacity * 100)} %</span>
      </div>
      <div className="flex items-center gap-1">
        <p className="tnum min-w-0 flex-1 text-xs text-muted">
          {facts.join(' · ')}
          {!part.watertight && <span className="ml-1.5 text-amber-text">{t('parts.open')}</span>}
        </p>
        {downloads && (
          <>
            <FileButton url={part.stl_url} file={fileName(part, 'stl')} kind="STL" />
            <FileButton url={part.glb_url} file={fileName(part, 'glb')} kind="GLB" />
          </>
        )}
      </div>
    </li>
  )
}

function FileButton({ url, file, kind }: { url: string | null; file: string; kind: string }) {
  const { t } = useTranslation(['models', 'common'])
  const fetching = useMutation({
    mutationFn: (from: string) => download(from, file),
    onError: () => toast('error', t('parts.downloadFailed', { file })),
  })
  if (!url) return null
  return (
    <Button
      size="sm"
      variant="ghost"
      className="px-1.5"
      busy={fetching.isPending}
      aria-label={t('parts.download', { file })}
      onClick={() => fetching.mutate(url)}
    >
      {kind}
    </Button>
  )
}
