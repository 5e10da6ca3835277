import type { Profile } from './types'

const isAdmin = (profile: Profile | undefined) => profile?.tier === 'ADMIN' || profile?.tier === 'SUPER_ADMIN'

/** What the menu offers. The platform decides for itself on every request. */
export const may = {
  manageUsers: isAdmin,
  manageEngines: (p: Profile | undefined) =>
    p?.tier === 'SUPER_ADMIN' || (isAdmin(p) && p?.permissions.includes('engine:manage') === true),
  configure: (p: Profile | undefined) =>
    p?.tier === 'SUPER_ADMIN' || (isAdmin(p) && p?.permissions.includes('config:update') === true),
}
