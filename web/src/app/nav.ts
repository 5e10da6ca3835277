import {
  AdjustmentsHorizontalIcon,
  ArrowUpTrayIcon,
  ArchiveBoxIcon,
  BeakerIcon,
  BoltIcon,
  CircleStackIcon,
  ClipboardDocumentListIcon,
  CpuChipIcon,
  CubeIcon,
  QueueListIcon,
  RectangleStackIcon,
  ServerStackIcon,
  ShieldCheckIcon,
  UserGroupIcon,
  UsersIcon,
} from '@heroicons/react/20/solid'
import type { Icon } from '@/components/ui'
import { may } from '@/lib/api/access'
import type { Profile } from '@/lib/api'

export interface NavItem {
  to:
    | '/upload'
    | '/tasks'
    | '/studies'
    | '/patients'
    | '/models'
    | '/points'
    | '/archive'
    | '/admin/rules'
    | '/admin/users'
    | '/admin/engines'
    | '/admin/queues'
    | '/admin/dicom-nodes'
    | '/admin/algorithms'
    | '/admin/configs'
    | '/admin/audit'
  label:
    | 'upload'
    | 'tasks'
    | 'studies'
    | 'patients'
    | 'models'
    | 'points'
    | 'users'
    | 'engines'
    | 'queues'
    | 'nodes'
    | 'algorithms'
    | 'configs'
    | 'audit'
    | 'archive'
    | 'rules'
  icon: Icon
}

export const UPLOAD: NavItem = { to: '/upload', label: 'upload', icon: ArrowUpTrayIcon }
export const TASKS: NavItem = { to: '/tasks', label: 'tasks', icon: ClipboardDocumentListIcon }
export const STUDIES: NavItem = { to: '/studies', label: 'studies', icon: RectangleStackIcon }
export const PATIENTS: NavItem = { to: '/patients', label: 'patients', icon: UserGroupIcon }
export const MODELS: NavItem = { to: '/models', label: 'models', icon: CubeIcon }
export const POINTS: NavItem = { to: '/points', label: 'points', icon: CircleStackIcon }

export const ARCHIVE: NavItem = { to: '/archive', label: 'archive', icon: ArchiveBoxIcon }

const ADMIN: (NavItem & { allowed: (profile: Profile | undefined) => boolean })[] = [
  { to: '/admin/rules', label: 'rules', icon: BoltIcon, allowed: may.manageRules },
  { to: '/admin/users', label: 'users', icon: UsersIcon, allowed: may.manageUsers },
  { to: '/admin/engines', label: 'engines', icon: CpuChipIcon, allowed: may.seeEngines },
  { to: '/admin/queues', label: 'queues', icon: QueueListIcon, allowed: may.seeQueues },
  { to: '/admin/dicom-nodes', label: 'nodes', icon: ServerStackIcon, allowed: may.seeNodes },
  { to: '/admin/algorithms', label: 'algorithms', icon: BeakerIcon, allowed: may.manageAlgorithms },
  { to: '/admin/configs', label: 'configs', icon: AdjustmentsHorizontalIcon, allowed: may.configure },
  { to: '/admin/audit', label: 'audit', icon: ShieldCheckIcon, allowed: may.readAudit },
]

/** Everybody sees the work; only some may start it. Until it is known who is here, nothing jumps. */
export const canUpload = (profile: Profile | undefined) => !profile || may.upload(profile)

export const adminItems = (profile: Profile | undefined): NavItem[] => ADMIN.filter((item) => item.allowed(profile))
