import { render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile, task } from '../../../tests/samples'
import { TooltipProvider } from '@/components/ui'
import { setLanguage } from '@/lib/i18n'
import type { ModelInfo, ModelPart } from './api'
import { PartRow } from './PartRow'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

// There is no WebGL here; what is said over the scene does not need it.
vi.mock('./useViewer', () => ({
  useViewer: () => ({ attach: () => undefined, scene: null, unavailable: false, measured: 0, states: {} }),
}))

const ready: ModelInfo = {
  model_info_id: 'm1',
  task_id: 't0',
  order_no: 'T1',
  task_status: 'COMPLETED',
  name: 'Knee',
  description: '',
  category_id: null,
  status: 'ENABLED',
  model_count: 2,
  thumbnail_url: null,
  study_uid: '1.2',
  patient_name: 'Hounsfield^Godfrey',
  created_at: '2026-11-22T02:00:00Z',
}
const preparing: ModelInfo = {
  ...ready,
  model_info_id: 'm2',
  task_id: 't1',
  name: 'Trunk',
  task_status: 'IN_PROGRESS',
  status: 'DISABLED',
  model_count: 0,
  patient_name: null,
}

const platform = () =>
  fakePlatform({
    'GET /users/profile': () => ({ json: profile }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /models/categories': () => ({ json: [] }),
    'GET /tasks/t1': () => ({ json: task }),
    'GET /models': () => ({ json: page([ready, preparing]) }),
  })

test('a card says whose images it shows, or how far its task is, and never that it is empty', async () => {
  platform()
  renderApp('/models')
  const cards = await screen.findAllByRole('listitem')
  const [done, coming] = [within(cards[0]!), within(cards[1]!)]
  expect(done.getByText(/Hounsfield, Godfrey · 2 parts/)).toBeInTheDocument()
  expect(await coming.findByRole('progressbar')).toHaveAttribute('aria-valuenow', '40')
  expect(coming.queryByText(/0 parts/)).toBeNull()
  expect(await seriousFindings()).toEqual([])
})

test('what failed is found by asking for it', async () => {
  const seen = platform()
  renderApp('/models')
  await userEvent.setup().selectOptions(await screen.findByRole('combobox', { name: 'Status' }), 'Failed')
  await waitFor(() => expect(seen.some(({ query }) => query.get('status') === 'FAILED')).toBe(true))
  expect(seen.find(({ path }) => path === '/models')?.query.has('status')).toBe(false)
})

const part = (tissue: string): ModelPart => ({
  model_id: tissue,
  stl_name: `${tissue}.stl`,
  tissue,
  color: '#E0AC69',
  opacity: 1,
  visible: true,
  triangles: 12,
  volume_ml: 23760.4,
  area_cm2: 11000,
  watertight: true,
  stl_url: null,
  glb_url: null,
})

test.each([
  ['en', 'skin', /^encloses 23,760 ml/],
  ['en', 'bone', /^23,760 ml/],
  ['zh-CN', 'skin', /^所围体积 23,760 ml/],
] as const)('in %s, the volume of %s is worded as what it is', async (language, tissue, words) => {
  await setLanguage(language)
  const nothing = () => undefined
  const row = (
    <PartRow
      part={part(tissue)}
      state="ready"
      onChange={nothing}
      onOnly={nothing}
      onRetry={nothing}
      downloads={false}
    />
  )
  render(<TooltipProvider>{row}</TooltipProvider>)
  expect(screen.getByText(words)).toBeInTheDocument()
  await setLanguage('en')
})

test('a model whose task failed says that it will not come', async () => {
  fakePlatform({
    'GET /users/profile': () => ({ json: profile }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /tasks/t1': () => ({ json: { ...task, status: 'FAILED' } }),
    'GET /users/display-config': () => ({ json: { tissues: {}, background: '#000000' } }),
    'GET /models/m2': () => ({ json: { ...preparing, task_status: 'FAILED' } }),
  })
  renderApp('/models/m2')
  expect(await screen.findByText('This model was not made')).toBeInTheDocument()
  expect(screen.queryByText('This model is not ready yet')).toBeNull()
})
