import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { profileQuery } from '@/lib/api/account'
import { useIsPhone } from '@/lib/hooks/useMediaQuery'
import { currentLanguage, isLanguage, setLanguage } from '@/lib/i18n'
import { connectRealtime } from '@/lib/realtime'
import { BottomNav } from './BottomNav'
import { ConnectionBanner } from './Connection'
import { Sidebar } from './Sidebar'
import { TopBar } from './TopBar'
import { useFocusOnNavigation } from './useFocusOnNavigation'

export function Shell() {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const isPhone = useIsPhone()
  const profile = useQuery(profileQuery).data

  useFocusOnNavigation('content')
  useEffect(() => connectRealtime(queryClient), [queryClient])
  useEffect(() => {
    if (isLanguage(profile?.language) && profile.language !== currentLanguage()) void setLanguage(profile.language)
  }, [profile?.language])

  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-blue-fill px-3 py-1.5 text-white focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      {!isPhone && <Sidebar profile={profile} />}
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar profile={profile} />
        <ConnectionBanner />
        <main id="content" tabIndex={-1} className="relative min-w-0 flex-1 pb-16 outline-none md:pb-6">
          <Outlet />
        </main>
        {isPhone && <BottomNav profile={profile} />}
      </div>
    </div>
  )
}
