import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type RouterHistory,
} from '@tanstack/react-router'
import { validateArchiveSearch, validateRuleSearch } from '@/features/archive/search'
import { validateOrderSearch } from '@/features/order/search'
import { validateFindSearch, validateNodeSearch } from '@/features/nodes/search'
import { validatePointsSearch } from '@/features/points/search'
import { validatePatientSearch } from '@/features/patients/search'
import { validateStudySearch } from '@/features/studies/search'
import { validateTaskSearch } from '@/features/tasks/search'
import { validateAuditSearch, validateQueueSearch, validateUserSearch } from '@/features/admin/search'
import { useSession } from '@/lib/session'
import { NotFound, RouteError, RoutePending } from './RouteStates'
import { Shell } from './Shell'

interface RouterContext {
  queryClient: QueryClient
}

const isSignedIn = () => useSession.getState().status === 'signed-in'

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet })

const guest = createRoute({
  getParentRoute: () => root,
  id: 'guest',
  validateSearch: (search: Record<string, unknown>): { redirect?: string } => ({
    // Only a path of this site: an absolute address would send people elsewhere after signing in. What is refused
    // must be said to be undefined, because the router keeps what a validator leaves out.
    redirect: typeof search.redirect === 'string' && /^\/(?![/\\])/.test(search.redirect) ? search.redirect : undefined,
  }),
  beforeLoad: ({ search }) => {
    if (isSignedIn()) throw redirect({ href: search.redirect ?? '/tasks', replace: true })
  },
})

const signIn = createRoute({
  getParentRoute: () => guest,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('@/features/account/SignInPage'), 'SignInPage'),
})

const register = createRoute({
  getParentRoute: () => guest,
  path: '/register',
  component: lazyRouteComponent(() => import('@/features/account/RegisterPage'), 'RegisterPage'),
})

/** Open to people without an account: the secret behind the `#` is their credential. */
const shared = createRoute({
  getParentRoute: () => root,
  path: '/shared',
  component: lazyRouteComponent(() => import('@/features/models/SharedModelPage'), 'SharedModelPage'),
})

const mustBeSignedIn = ({ location }: { location: { href: string } }) => {
  if (isSignedIn()) return
  const wanted = location.href === '/' ? undefined : location.href
  throw redirect({ to: '/sign-in', search: { redirect: wanted }, replace: true })
}

const member = createRoute({
  getParentRoute: () => root,
  id: 'member',
  component: Shell,
  beforeLoad: mustBeSignedIn,
})

/** Getting ready to draw takes longer than fetching the page: both begin while a hand is on its way to the link. */
async function viewerPage() {
  const [page, { prepareEngine }] = await Promise.all([
    import('@/features/viewer/ViewerPage'),
    import('@/viewer/dicom'),
  ])
  prepareEngine()
  return page
}

/** Images take the whole screen: no shell stands around them. */
const viewer = createRoute({
  getParentRoute: () => root,
  path: '/studies/$studyUid/view',
  beforeLoad: mustBeSignedIn,
  component: lazyRouteComponent(viewerPage, 'ViewerPage'),
})

const home = createRoute({
  getParentRoute: () => member,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/tasks', replace: true })
  },
})

const upload = createRoute({
  getParentRoute: () => member,
  path: '/upload',
  component: lazyRouteComponent(() => import('@/features/order/UploadPage'), 'UploadPage'),
})

const order = createRoute({
  getParentRoute: () => member,
  path: '/order',
  validateSearch: validateOrderSearch,
  component: lazyRouteComponent(() => import('@/features/order/OrderPage'), 'OrderPage'),
})

const tasks = createRoute({
  getParentRoute: () => member,
  path: '/tasks',
  validateSearch: validateTaskSearch,
  component: lazyRouteComponent(() => import('@/features/tasks/TasksPage'), 'TasksPage'),
})

const task = createRoute({
  getParentRoute: () => member,
  path: '/tasks/$taskId',
  component: lazyRouteComponent(() => import('@/features/tasks/TaskPage'), 'TaskPage'),
})

const studies = createRoute({
  getParentRoute: () => member,
  path: '/studies',
  validateSearch: validateStudySearch,
  component: lazyRouteComponent(() => import('@/features/studies/StudiesPage'), 'StudiesPage'),
})

const study = createRoute({
  getParentRoute: () => member,
  path: '/studies/$studyUid',
  component: lazyRouteComponent(() => import('@/features/studies/StudyPage'), 'StudyPage'),
})

const patients = createRoute({
  getParentRoute: () => member,
  path: '/patients',
  validateSearch: validatePatientSearch,
  component: lazyRouteComponent(() => import('@/features/patients/PatientsPage'), 'PatientsPage'),
})

const patient = createRoute({
  getParentRoute: () => member,
  path: '/patients/$patientId',
  component: lazyRouteComponent(() => import('@/features/patients/PatientPage'), 'PatientPage'),
})

const models = createRoute({
  getParentRoute: () => member,
  path: '/models',
  component: lazyRouteComponent(() => import('@/features/models/ModelsPage'), 'ModelsPage'),
})

const model = createRoute({
  getParentRoute: () => member,
  path: '/models/$modelInfoId',
  component: lazyRouteComponent(() => import('@/features/models/ModelViewerPage'), 'ModelViewerPage'),
})

const points = createRoute({
  getParentRoute: () => member,
  path: '/points',
  validateSearch: validatePointsSearch,
  component: lazyRouteComponent(() => import('@/features/points/PointsPage'), 'PointsPage'),
})

const profile = createRoute({
  getParentRoute: () => member,
  path: '/profile',
  component: lazyRouteComponent(() => import('@/features/account/ProfilePage'), 'ProfilePage'),
})

const users = createRoute({
  getParentRoute: () => member,
  path: '/admin/users',
  validateSearch: validateUserSearch,
  component: lazyRouteComponent(() => import('@/features/admin/UsersPage'), 'UsersPage'),
})

const engines = createRoute({
  getParentRoute: () => member,
  path: '/admin/engines',
  component: lazyRouteComponent(() => import('@/features/admin/EnginesPage'), 'EnginesPage'),
})

const queues = createRoute({
  getParentRoute: () => member,
  path: '/admin/queues',
  validateSearch: validateQueueSearch,
  component: lazyRouteComponent(() => import('@/features/admin/QueuesPage'), 'QueuesPage'),
})

const nodes = createRoute({
  getParentRoute: () => member,
  path: '/admin/dicom-nodes',
  validateSearch: validateNodeSearch,
  component: lazyRouteComponent(() => import('@/features/nodes/NodesPage'), 'NodesPage'),
})

const nodeSearch = createRoute({
  getParentRoute: () => member,
  path: '/admin/dicom-nodes/$nodeId/search',
  validateSearch: validateFindSearch,
  component: lazyRouteComponent(() => import('@/features/nodes/NodeSearchPage'), 'NodeSearchPage'),
})

const algorithms = createRoute({
  getParentRoute: () => member,
  path: '/admin/algorithms',
  component: lazyRouteComponent(() => import('@/features/admin/algorithms/AlgorithmsPage'), 'AlgorithmsPage'),
})

const addModel = createRoute({
  getParentRoute: () => member,
  path: '/admin/algorithms/new',
  component: lazyRouteComponent(() => import('@/features/admin/algorithms/AddModelPage'), 'AddModelPage'),
})

const configs = createRoute({
  getParentRoute: () => member,
  path: '/admin/configs',
  component: lazyRouteComponent(() => import('@/features/admin/ConfigsPage'), 'ConfigsPage'),
})

const audit = createRoute({
  getParentRoute: () => member,
  path: '/admin/audit',
  validateSearch: validateAuditSearch,
  component: lazyRouteComponent(() => import('@/features/admin/AuditPage'), 'AuditPage'),
})

const archive = createRoute({
  getParentRoute: () => member,
  path: '/archive',
  validateSearch: validateArchiveSearch,
  component: lazyRouteComponent(() => import('@/features/archive/ArchivePage'), 'ArchivePage'),
})

const rules = createRoute({
  getParentRoute: () => member,
  path: '/admin/rules',
  validateSearch: validateRuleSearch,
  component: lazyRouteComponent(() => import('@/features/archive/RulesPage'), 'RulesPage'),
})

const nowhere = createRoute({ getParentRoute: () => member, path: '$', component: NotFound })

const tree = root.addChildren([
  guest.addChildren([signIn, register]),
  shared,
  viewer,
  member.addChildren([
    home,
    upload,
    order,
    tasks,
    task,
    studies,
    study,
    patients,
    patient,
    models,
    model,
    points,
    profile,
    users,
    engines,
    queues,
    nodes,
    nodeSearch,
    algorithms,
    addModel,
    configs,
    audit,
    archive,
    rules,
    nowhere,
  ]),
])

/** `history` stands in for the address bar in tests. */
export function createAppRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    history,
    routeTree: tree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPendingComponent: RoutePending,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  })
}
