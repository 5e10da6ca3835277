import { ArrowUpTrayIcon } from '@heroicons/react/24/solid'
import { useRef, useState, type DragEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/ui'
import { cn } from '@/lib/cn'
import { useIsPhone } from '@/lib/hooks/useMediaQuery'

export interface DropZoneProps {
  onFiles: (files: File[]) => void
  compact?: boolean
}

export function DropZone({ onFiles, compact }: DropZoneProps) {
  const { t } = useTranslation('order')
  const isPhone = useIsPhone()
  const picker = useRef<HTMLInputElement>(null)
  // Entering a child leaves the parent: count instead of toggling.
  const [depth, setDepth] = useState(0)

  const drop = (event: DragEvent) => {
    event.preventDefault()
    setDepth(0)
    onFiles([...event.dataTransfer.files])
  }

  return (
    <div
      onDragEnter={() => setDepth((d) => d + 1)}
      onDragLeave={() => setDepth((d) => d - 1)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
      className={cn(
        'flex items-center justify-center gap-3 rounded-md border border-dashed border-control text-center transition-colors',
        compact ? 'px-4 py-3' : 'flex-col px-6 py-12',
        depth > 0 ? 'border-blue bg-blue-tint' : 'bg-sunken',
      )}
    >
      <ArrowUpTrayIcon className={cn('shrink-0 text-blue', compact ? 'size-5' : 'size-8')} aria-hidden />
      <div className={cn(compact && 'min-w-0 flex-1 text-left')}>
        <p className="text-sm font-medium">{t(isPhone ? 'choose' : compact ? 'dropMore' : 'drop')}</p>
        {!compact && <p className="mt-0.5 text-xs text-muted">{t('dropHint')}</p>}
      </div>
      <Button variant={compact ? 'secondary' : 'primary'} onClick={() => picker.current?.click()}>
        {t('chooseFile')}
      </Button>
      <input
        ref={picker}
        type="file"
        accept=".zip,application/zip,application/x-zip-compressed"
        multiple
        hidden
        aria-label={t('chooseFile')}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </div>
  )
}
