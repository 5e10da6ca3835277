import { useState, type InputHTMLAttributes } from 'react'
import { useTranslation } from 'react-i18next'

/** The browser's own control lies over it, unseen: its words would be in the browser's language, not the page's. */
export function FileInput({ onChange, ...props }: Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  return (
    <div className="relative">
      <input
        {...props}
        type="file"
        className="peer absolute inset-0 size-full cursor-pointer opacity-0"
        onChange={(event) => {
          setName(event.target.files?.[0]?.name ?? '')
          onChange?.(event)
        }}
      />
      <div
        aria-hidden
        className="flex h-8 items-center gap-2 rounded-md border border-control bg-surface px-1 text-sm shadow-card peer-focus-visible:outline-2 peer-focus-visible:outline-blue"
      >
        <span className="shrink-0 rounded bg-sunken px-2 py-0.5 font-medium">{t('file.choose')}</span>
        <span className={name ? 'truncate' : 'truncate text-muted'}>{name || t('file.none')}</span>
      </div>
    </div>
  )
}
