import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Brand } from '@/components/Brand'
import { useTitle } from '@/lib/hooks/useTitle'
import { LANGUAGES, setLanguage, useLanguage, type Language } from '@/lib/i18n'
import { cn } from '@/lib/cn'

export interface AuthLayoutProps {
  title: string
  children: ReactNode
  /** The other door: register, or sign in. */
  footer?: ReactNode
}

export function AuthLayout({ title, children, footer }: AuthLayoutProps) {
  const { t } = useTranslation()
  const language = useLanguage((state) => state.language)
  useTitle(title)
  return (
    <div className="flex min-h-dvh flex-col px-4 md:px-6">
      <header className="flex h-13 items-center justify-between">
        <Brand />
        <nav aria-label={t('language')} className="flex gap-1 text-xs">
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <button
              key={code}
              type="button"
              lang={code}
              aria-pressed={code === language}
              className={cn(
                'rounded-sm px-1.5 py-1 hover:bg-hover',
                code === language ? 'font-medium text-text' : 'text-muted',
              )}
              onClick={() => void setLanguage(code as Language)}
            >
              {name}
            </button>
          ))}
        </nav>
      </header>
      <main className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center pb-24">
        <div className="rounded-md border border-line bg-surface p-6 shadow-card">
          <h1 className="mb-5 text-base font-semibold">{title}</h1>
          {children}
        </div>
        {footer && <p className="mt-4 text-center text-sm text-muted">{footer}</p>}
      </main>
    </div>
  )
}
