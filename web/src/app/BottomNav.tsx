import { EllipsisHorizontalIcon, UserCircleIcon } from '@heroicons/react/20/solid'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Menu, MenuItem } from '@/components/ui'
import type { Profile } from '@/lib/api'
import { adminItems, canUpload, MODELS, PATIENTS, POINTS, STUDIES, TASKS, UPLOAD, type NavItem } from './nav'

const ITEM =
  'flex flex-1 flex-col items-center justify-center gap-0.5 text-xs text-muted aria-[current=page]:font-medium aria-[current=page]:text-blue-text'

export function BottomNav({ profile }: { profile: Profile | undefined }) {
  const { t } = useTranslation()
  const more = [PATIENTS, POINTS, ...adminItems(profile)]
  return (
    <nav
      aria-label={t('nav.label')}
      className="fixed inset-x-0 bottom-0 z-40 flex h-14 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] [box-sizing:content-box]"
    >
      {[TASKS, STUDIES, ...(canUpload(profile) ? [UPLOAD] : []), MODELS].map((item) => (
        <BottomLink key={item.to} item={item} />
      ))}
      <Menu
        side="top"
        trigger={
          <button type="button" className={ITEM}>
            <EllipsisHorizontalIcon className="size-5" aria-hidden />
            {t('nav.more')}
          </button>
        }
      >
        {more.map(({ to, label, icon: Mark }) => (
          <MenuItem key={to} asChild>
            <Link to={to}>
              <Mark className="size-4 text-grey" aria-hidden />
              {t(`nav.${label}`)}
            </Link>
          </MenuItem>
        ))}
        <MenuItem asChild>
          <Link to="/profile">
            <UserCircleIcon className="size-4 text-grey" aria-hidden />
            {t('nav.profile')}
          </Link>
        </MenuItem>
      </Menu>
    </nav>
  )
}

function BottomLink({ item: { to, label, icon: Mark } }: { item: NavItem }) {
  const { t } = useTranslation()
  return (
    <Link to={to} activeOptions={{ includeSearch: false }} className={ITEM}>
      <Mark className="size-5" aria-hidden />
      {t(`nav.${label}`)}
    </Link>
  )
}
