import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { BrandMark } from '@/components/Brand'
import type { Profile } from '@/lib/api'
import { Tooltip } from '@/components/ui'
import { cn } from '@/lib/cn'
import { useMediaQuery } from '@/lib/hooks/useMediaQuery'
import { adminItems, ARCHIVE, canUpload, MODELS, PATIENTS, POINTS, STUDIES, TASKS, UPLOAD, type NavItem } from './nav'

/** Names beside the icons from 1200 px, icons alone below. */
export function Sidebar({ profile }: { profile: Profile | undefined }) {
  const { t } = useTranslation()
  const wide = useMediaQuery('(min-width: 1200px)')
  const admin = adminItems(profile)
  return (
    <nav
      aria-label={t('nav.label')}
      className={cn(
        'sticky top-0 flex h-dvh shrink-0 flex-col border-r border-line bg-surface',
        wide ? 'w-52' : 'w-14 items-center',
      )}
    >
      <Link
        to="/tasks"
        aria-label={t('product')}
        className="flex h-13 shrink-0 items-center gap-2 px-4 text-base font-semibold tracking-tight"
      >
        <BrandMark />
        {wide && t('product')}
      </Link>
      <div className="flex w-full flex-col gap-0.5 overflow-y-auto px-2 pb-3">
        {canUpload(profile) && <SideLink item={UPLOAD} wide={wide} prominent />}
        {[TASKS, STUDIES, PATIENTS, MODELS, ARCHIVE, POINTS].map((item) => (
          <SideLink key={item.to} item={item} wide={wide} />
        ))}
        {admin.length > 0 && (
          <>
            <p className={cn('px-2.5 pt-4 pb-1 text-xs text-muted', !wide && 'sr-only')}>{t('nav.administration')}</p>
            {!wide && <hr className="my-2" />}
            {admin.map((item) => (
              <SideLink key={item.to} item={item} wide={wide} />
            ))}
          </>
        )}
      </div>
    </nav>
  )
}

function SideLink({ item, wide, prominent }: { item: NavItem; wide: boolean; prominent?: boolean }) {
  const { t } = useTranslation()
  const Mark = item.icon
  const link = (
    <Link
      to={item.to}
      aria-label={wide ? undefined : t(`nav.${item.label}`)}
      activeOptions={{ includeSearch: false }}
      className={cn(
        'group flex h-9 items-center gap-2.5 rounded-md px-2.5 font-medium transition-colors',
        !wide && 'justify-center px-0',
        prominent
          ? 'mb-2 bg-blue-fill text-white hover:bg-blue-fill-hover'
          : 'text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-blue-tint aria-[current=page]:text-blue-text',
      )}
    >
      <Mark
        aria-hidden
        className={cn('size-5 shrink-0', !prominent && 'text-grey group-aria-[current=page]:text-blue')}
      />
      {wide && t(`nav.${item.label}`)}
    </Link>
  )
  return wide ? (
    link
  ) : (
    <Tooltip text={t(`nav.${item.label}`)} side="right">
      {link}
    </Tooltip>
  )
}
