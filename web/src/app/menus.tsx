import {
  ArrowRightStartOnRectangleIcon,
  ComputerDesktopIcon,
  LanguageIcon,
  MoonIcon,
  SunIcon,
  UserCircleIcon,
} from '@heroicons/react/20/solid'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { IconButton, Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui'
import { profileQuery, updateProfile } from '@/lib/api/account'
import type { Profile } from '@/lib/api'
import { LANGUAGES, setLanguage, useLanguage, type Language } from '@/lib/i18n'
import { signOut } from '@/lib/session'
import { setTheme, useTheme, type ThemeChoice } from '@/lib/theme'

const THEME_ICONS = { light: SunIcon, dark: MoonIcon, system: ComputerDesktopIcon }
const THEMES: ThemeChoice[] = ['light', 'dark', 'system']

function useLanguageChoice() {
  const queryClient = useQueryClient()
  const language = useLanguage((state) => state.language)
  const remember = useMutation({ mutationFn: (next: Language) => updateProfile({ language: next }) })
  const choose = async (next: Language) => {
    queryClient.setQueryData<Profile>(profileQuery.queryKey, (profile) => profile && { ...profile, language: next })
    await setLanguage(next)
    remember.mutate(next)
    // The platform words its answers in the language of the request.
    void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'profile' })
  }
  return { language, choose }
}

function LanguageChoice() {
  const { t } = useTranslation()
  const { language, choose } = useLanguageChoice()
  const options = Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Language, label }))
  return <MenuChoice label={t('language')} value={language} options={options} onChange={(next) => void choose(next)} />
}

function ThemeChoices() {
  const { t } = useTranslation()
  const choice = useTheme((state) => state.choice)
  const options = THEMES.map((value) => ({ value, label: t(`theme.${value}`), icon: THEME_ICONS[value] }))
  return <MenuChoice label={t('theme.label')} value={choice} options={options} onChange={setTheme} />
}

export function LanguageMenu() {
  const { t } = useTranslation()
  return (
    <Menu trigger={<IconButton icon={LanguageIcon} label={t('language')} />}>
      <LanguageChoice />
    </Menu>
  )
}

export function ThemeMenu() {
  const { t } = useTranslation()
  const choice = useTheme((state) => state.choice)
  return (
    <Menu trigger={<IconButton icon={THEME_ICONS[choice]} label={t('theme.label')} />}>
      <ThemeChoices />
    </Menu>
  )
}

export function UserMenu({ profile, withPreferences }: { profile: Profile | undefined; withPreferences?: boolean }) {
  const { t } = useTranslation()
  return (
    <Menu trigger={<IconButton icon={UserCircleIcon} label={t('account')} />}>
      {profile && (
        <div className="max-w-64 px-2 pt-1.5 pb-1">
          <p className="truncate font-medium">{profile.display_name || profile.username}</p>
          <p className="truncate text-xs text-muted">{profile.organization.name}</p>
        </div>
      )}
      <MenuSeparator />
      {withPreferences && (
        <>
          <MenuLabel>{t('language')}</MenuLabel>
          <LanguageChoice />
          <MenuLabel>{t('theme.label')}</MenuLabel>
          <ThemeChoices />
          <MenuSeparator />
        </>
      )}
      <MenuItem asChild>
        <Link to="/profile">
          <UserCircleIcon className="size-4 text-grey" aria-hidden />
          {t('nav.profile')}
        </Link>
      </MenuItem>
      <MenuItem icon={ArrowRightStartOnRectangleIcon} onSelect={() => void signOut()}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  )
}
