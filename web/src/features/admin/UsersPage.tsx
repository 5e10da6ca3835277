import { EllipsisVerticalIcon, UserPlusIcon } from '@heroicons/react/20/solid'
import { UsersIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  EmptyState,
  IconButton,
  Menu,
  MenuItem,
  Page,
  PagedTable,
  SearchField,
  type Column,
} from '@/components/ui'
import type { Profile, User } from '@/lib/api'
import { may } from '@/lib/api/access'
import { profileQuery } from '@/lib/api/account'
import { usersQuery } from '@/lib/api/admin'
import { day } from '@/lib/format'
import { withPage } from '@/lib/search'
import { NewUserDialog } from './NewUserDialog'
import { PointsDialog } from './PointsDialog'
import { RolesDialog } from './RolesDialog'
import { StatusConfirm } from './StatusConfirm'
import type { UserSearch } from './search'

type Asked = { what: 'new' } | { what: 'points' | 'roles' | 'status'; user: User }

export function UsersPage() {
  const { t } = useTranslation(['admin', 'common'])
  const search = useSearch({ from: '/member/admin/users' })
  const navigate = useNavigate({ from: '/admin/users' })
  const change = useCallback(
    (next: Partial<UserSearch>) =>
      void navigate({ to: '/admin/users', search: (old) => ({ ...old, page: undefined, ...next }), replace: true }),
    [navigate],
  )
  const profile = useQuery(profileQuery).data
  const query = useQuery(usersQuery(withPage(search)))
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
  const menu = (user: User) => <UserMenu user={user} profile={profile} onAsk={(what) => setAsked({ what, user })} />
  const columns = useUserColumns(menu)

  return (
    <Page
      title={t('users.title')}
      note={profile?.organization.name}
      actions={
        <Button variant="primary" icon={UserPlusIcon} onClick={() => setAsked({ what: 'new' })}>
          {t('users.new')}
        </Button>
      }
    >
      <Card>
        <div className="border-b border-line px-4 py-2.5">
          <SearchField
            label={t('users.filter')}
            value={search.q ?? ''}
            onSearch={(q) => change({ q: q.trim() || undefined })}
            className="md:w-72"
          />
        </div>
        <PagedTable
          label={t('users.title')}
          columns={columns}
          query={query}
          rowKey={(user) => user.user_id}
          card={(user) => (
            <div className="flex items-center gap-3 px-4 py-3">
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{user.display_name || user.username}</p>
                <p className="truncate text-xs text-muted">
                  {[
                    user.username,
                    t(`tier.${user.tier}`),
                    user.clinical_role !== 'none' && t(`role.${user.clinical_role}`),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </p>
              </div>
              <UserStatusBadge user={user} />
              {menu(user)}
            </div>
          )}
          onChange={change}
          onClear={search.q ? () => change({ q: undefined }) : undefined}
          empty={
            <EmptyState icon={UsersIcon} title={t('users.emptyTitle')}>
              {t('users.empty')}
            </EmptyState>
          }
        />
      </Card>
      {asked?.what === 'new' && <NewUserDialog onClose={close} />}
      {asked?.what === 'points' && <PointsDialog user={asked.user} issue={may.issuePoints(profile)} onClose={close} />}
      {asked?.what === 'roles' && <RolesDialog user={asked.user} profile={profile} onClose={close} />}
      {asked?.what === 'status' && <StatusConfirm user={asked.user} onClose={close} />}
    </Page>
  )
}

function UserStatusBadge({ user }: { user: User }) {
  const { t } = useTranslation('admin')
  return (
    <Badge tone={user.status === 'ACTIVE' ? 'green' : 'grey'} dot>
      {t(`userStatus.${user.status}`)}
    </Badge>
  )
}

function useUserColumns(menu: (user: User) => React.ReactNode): Column<User>[] {
  const { t } = useTranslation(['admin', 'auth', 'common'])
  return [
    {
      key: 'name',
      header: t('users.name'),
      className: 'font-medium',
      cell: (user) => user.display_name || user.username,
    },
    { key: 'username', header: t('auth:username'), cell: (user) => user.username, className: 'text-muted' },
    { key: 'email', header: t('auth:email'), cell: (user) => user.email ?? '—', className: 'text-muted' },
    { key: 'tier', header: t('users.tier'), cell: (user) => t(`tier.${user.tier}`) },
    { key: 'role', header: t('users.role'), cell: (user) => t(`role.${user.clinical_role}`) },
    { key: 'status', header: t('users.status'), cell: (user) => <UserStatusBadge user={user} /> },
    {
      key: 'created',
      header: t('users.created'),
      cell: (user) => day(user.created_at),
      className: 'whitespace-nowrap text-muted',
    },
    { key: 'menu', header: t('common:list.actions'), quiet: true, cell: menu, className: 'w-0 py-0' },
  ]
}

interface UserMenuProps {
  user: User
  profile: Profile | undefined
  onAsk: (what: 'points' | 'roles' | 'status') => void
}

function UserMenu({ user, profile, onAsk }: UserMenuProps) {
  const { t } = useTranslation('admin')
  const isSelf = user.user_id === profile?.user_id
  const canGive = may.issuePoints(profile) || (may.allocatePoints(profile) && !isSelf)
  if (isSelf && !canGive) return null
  return (
    <Menu
      trigger={
        <IconButton icon={EllipsisVerticalIcon} size="sm" label={t('users.actionsFor', { name: user.username })} />
      }
    >
      {canGive && <MenuItem onSelect={() => onAsk('points')}>{t('users.givePoints')}</MenuItem>}
      {!isSelf && (
        <>
          <MenuItem onSelect={() => onAsk('roles')}>{t('users.changeRoles')}</MenuItem>
          <MenuItem danger={user.status === 'ACTIVE'} onSelect={() => onAsk('status')}>
            {t(user.status === 'ACTIVE' ? 'users.disable' : 'users.enable')}
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
