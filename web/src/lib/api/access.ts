import type { Profile } from './types'

type Who = Profile | undefined

const isAdmin = (who: Who) => who?.tier === 'ADMIN' || who?.tier === 'SUPER_ADMIN'
const has = (who: Who, permission: string) => who?.permissions.includes(permission) === true

/** What the page offers. The platform decides for itself on every request. */
export const may = {
  upload: (who: Who) => has(who, 'upload:create') && has(who, 'task:create'),
  order: (who: Who) => has(who, 'task:create'),
  seePatients: (who: Who) => has(who, 'patient:read'),
  createPatients: (who: Who) => has(who, 'patient:create'),
  breakGlass: (who: Who) => has(who, 'patient:breakglass') && who?.tier !== 'SUPER_ADMIN',
  readAudit: (who: Who) => has(who, 'audit:read'),
  manageUsers: (who: Who) => isAdmin(who) && has(who, 'user:read'),
  seeEngines: (who: Who) => isAdmin(who) && has(who, 'engine:read'),
  manageEngines: (who: Who) => has(who, 'engine:manage'),
  seeQueues: (who: Who) => has(who, 'queue:read'),
  manageQueues: (who: Who) => has(who, 'queue:manage'),
  seeNodes: (who: Who) => isAdmin(who) && has(who, 'node:read'),
  manageNodes: (who: Who) => has(who, 'node:manage'),
  manageAlgorithms: (who: Who) => has(who, 'algorithm:manage'),
  configure: (who: Who) => isAdmin(who) && has(who, 'config:read'),
  issuePoints: (who: Who) => has(who, 'points:adjust'),
  manageRules: (who: Who) => has(who, 'rule:manage'),
  manageProjects: (who: Who) => has(who, 'project:manage'),
  deleteStudies: (who: Who) => has(who, 'study:delete'),
  manageRetention: (who: Who) => has(who, 'retention:manage'),
  seeStorage: (who: Who) => has(who, 'storage:read'),
  checkStorage: (who: Who) => has(who, 'storage:check'),
  allocatePoints: (who: Who) => has(who, 'points:allocate'),
}
