import { CircleStackIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useRouterState } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { BrandMark } from '@/components/Brand'
import { SearchField, Skeleton } from '@/components/ui'
import type { Profile } from '@/lib/api'
import { balanceQuery } from '@/lib/api/points'
import { number } from '@/lib/format'
import { useIsPhone } from '@/lib/hooks/useMediaQuery'
import { ConnectionDot } from './Connection'
import { LanguageMenu, ThemeMenu, UserMenu } from './menus'

export function TopBar({ profile }: { profile: Profile | undefined }) {
  const { t } = useTranslation()
  const isPhone = useIsPhone()
  return (
    <header className="sticky top-0 z-30 flex h-13 shrink-0 items-center gap-2 border-b border-line bg-surface px-4 md:px-6">
      {isPhone ? (
        <Link to="/tasks" aria-label={t('product')} className="mr-auto">
          <BrandMark />
        </Link>
      ) : (
        <TaskSearch />
      )}
      <div className="ml-auto flex items-center gap-1">
        <ConnectionDot />
        <BalanceLink />
        {!isPhone && (
          <>
            <LanguageMenu />
            <ThemeMenu />
          </>
        )}
        <UserMenu profile={profile} withPreferences={isPhone} />
      </div>
    </header>
  )
}

function TaskSearch() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { pathname, q } = useRouterState({
    select: ({ location }) => ({ pathname: location.pathname, q: (location.search as { q?: string }).q ?? '' }),
    structuralSharing: true,
  })
  const onTasks = pathname === '/tasks'
  const search = useCallback(
    (text: string) => {
      const next = text.trim() || undefined
      if (onTasks) {
        void navigate({
          from: '/tasks',
          to: '/tasks',
          search: (old) => ({ ...old, q: next, page: undefined }),
          replace: true,
        })
      } else if (next) void navigate({ to: '/tasks', search: { q: next } })
    },
    [navigate, onTasks],
  )
  return (
    <SearchField
      label={t('search.label')}
      placeholder={t('search.placeholder')}
      value={onTasks ? q : ''}
      onSearch={search}
      className="w-full max-w-sm"
    />
  )
}

function BalanceLink() {
  const { t } = useTranslation()
  const { data } = useQuery(balanceQuery)
  return (
    <Link
      to="/points"
      aria-label={`${t('balanceLabel')}: ${data ? number(data.low.available) : ''}`}
      title={
        data &&
        t('balance', {
          low: number(data.low.available),
          high: number(data.high.available),
          credits: number(data.credits.available),
        })
      }
      className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-sm font-medium hover:bg-hover"
    >
      <CircleStackIcon className="size-5 text-grey" aria-hidden />
      {data ? <span className="tnum">{number(data.low.available)}</span> : <Skeleton className="w-8" />}
    </Link>
  )
}
