import type { Profile } from './types'

type Who = Profile | undefined

const isAdmin = (who: Who) => who?.tier === 'ADMIN' || who?.tier === 'SUPER_ADMIN'
const has = (who: Who, permission: string) => who?.permissions.includes(permission) === true

/** What the page offers. The platform decides for itself on every request. */
export const may = {
  upload: (who: Who) => has(who, 'upload:create') && has(who, 'task:create'),
  order: (who: Who) => has(who, 'task:create'),
  manageUsers: (who: Who) => isAdmin(who) && has(who, 'user:read'),
  seeEngines: (who: Who) => isAdmin(who) && has(who, 'engine:read'),
  manageEngines: (who: Who) => has(who, 'engine:manage'),
  seeQueues: (who: Who) => has(who, 'queue:read'),
  manageQueues: (who: Who) => has(who, 'queue:manage'),
  manageAlgorithms: (who: Who) => has(who, 'algorithm:manage'),
  configure: (who: Who) => isAdmin(who) && has(who, 'config:read'),
  issuePoints: (who: Who) => has(who, 'points:adjust'),
  allocatePoints: (who: Who) => has(who, 'points:allocate'),
}
