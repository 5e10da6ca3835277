import {
  AdjustmentsHorizontalIcon,
  ArrowUpTrayIcon,
  BeakerIcon,
  CircleStackIcon,
  ClipboardDocumentListIcon,
  CpuChipIcon,
  CubeIcon,
  QueueListIcon,
  RectangleStackIcon,
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
    | '/models'
    | '/points'
    | '/admin/users'
    | '/admin/engines'
    | '/admin/queues'
    | '/admin/algorithms'
    | '/admin/configs'
  label:
    'upload' | 'tasks' | 'studies' | 'models' | 'points' | 'users' | 'engines' | 'queues' | 'algorithms' | 'configs'
  icon: Icon
}

export const UPLOAD: NavItem = { to: '/upload', label: 'upload', icon: ArrowUpTrayIcon }
export const TASKS: NavItem = { to: '/tasks', label: 'tasks', icon: ClipboardDocumentListIcon }
export const STUDIES: NavItem = { to: '/studies', label: 'studies', icon: RectangleStackIcon }
export const MODELS: NavItem = { to: '/models', label: 'models', icon: CubeIcon }
export const POINTS: NavItem = { to: '/points', label: 'points', icon: CircleStackIcon }

const ADMIN: (NavItem & { allowed: (profile: Profile | undefined) => boolean })[] = [
  { to: '/admin/users', label: 'users', icon: UsersIcon, allowed: may.manageUsers },
  { to: '/admin/engines', label: 'engines', icon: CpuChipIcon, allowed: may.seeEngines },
  { to: '/admin/queues', label: 'queues', icon: QueueListIcon, allowed: may.seeQueues },
  { to: '/admin/algorithms', label: 'algorithms', icon: BeakerIcon, allowed: may.manageAlgorithms },
  { to: '/admin/configs', label: 'configs', icon: AdjustmentsHorizontalIcon, allowed: may.configure },
]

/** Everybody sees the work; only some may start it. Until it is known who is here, nothing jumps. */
export const canUpload = (profile: Profile | undefined) => !profile || may.upload(profile)

export const adminItems = (profile: Profile | undefined): NavItem[] => ADMIN.filter((item) => item.allowed(profile))
