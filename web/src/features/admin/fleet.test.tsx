import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page, problem } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile, surface } from '../../../tests/samples'
import type { DeadLetter, Engine, Queues } from '@/lib/api'
import { enginesKey } from '@/lib/api/admin'
import { age } from './age'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const engine: Engine = {
  engine_id: 'gpu-1',
  hostname: 'rack3',
  status: 'BUSY',
  capacity: 2,
  current_load: 2,
  heartbeat_age_s: 3,
  boot_id: 'b',
  supported_algorithms: [{ name: 'ct_surface', version: '1.0.0' }],
  draining: false,
  memory_mb: 16_000,
  memory_used_mb: 4_000,
  tasks: [
    { task_id: 't1', order_no: 'T1', task_type: 'ct_surface', status: 'IN_PROGRESS', progress: 40, started_at: null },
  ],
  tasks_of_others: 1,
  last_failure: { code: 'OUT_OF_MEMORY', at: new Date(Date.now() - 300_000).toISOString(), order_no: null },
}

const queues: Queues = {
  items: [
    { name: 'ct_surface', waiting: 3, oldest_seconds: 500, running: 2, engines: 1, free_slots: 0, messages: 0 },
    { name: 'lonely', waiting: 1, oldest_seconds: 30, running: 0, engines: 0, free_slots: 0, messages: null },
  ],
  jobs_waiting: 0,
  outbox_waiting: 0,
  outbox_oldest_seconds: 0,
  dead_letters: 1,
}

const letter: DeadLetter = {
  id: 7,
  kind: 'job',
  queue: 'platform',
  body: { name: 'tasks.prepare', arguments: { task_id: 't9' } },
  reason: 'OSError at every try',
  died_at: '2026-11-22T03:00:00Z',
  redriven_at: null,
  redriven_by: null,
}

const admin = (...permissions: string[]) => ({ ...profile, tier: 'SUPER_ADMIN', permissions })
const EVERYTHING = ['engine:read', 'engine:manage', 'queue:read', 'queue:manage']

type Handlers = Parameters<typeof fakePlatform>[0]
const platform = (handlers: Handlers, permissions = EVERYTHING) =>
  fakePlatform({
    'GET /users/profile': () => ({ json: admin(...permissions) }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /algorithms': () => ({ json: { items: [surface] } }),
    'GET /engines': () => ({ json: page([engine]) }),
    'GET /engines/tokens': () => ({ json: page([]) }),
    'GET /admin/queues': () => ({ json: queues }),
    'GET /admin/queues/dead-letters': () => ({ json: page([letter]) }),
    ...handlers,
  })

let user: ReturnType<typeof userEvent.setup>
beforeEach(() => {
  user = userEvent.setup()
})

test('an engine shows what it holds, and for whom as far as the reader may know', async () => {
  platform({})
  renderApp('/admin/engines')
  expect(await screen.findByRole('link', { name: 'T1' })).toHaveAttribute('href', '/tasks/t1')
  const row = screen.getByRole('row', { name: /gpu-1/ })
  expect(row).toHaveTextContent('Busy')
  expect(row).toHaveTextContent('40 %')
  expect(row).toHaveTextContent('one of another organization')
  expect(row).toHaveTextContent('4 GB of 16 GB')
  expect(row).toHaveTextContent('ct_surface 1.0.0')
  expect(row).toHaveTextContent('Last failure 5 min ago: OUT_OF_MEMORY')
  expect(within(row).getByRole('progressbar', { name: 'Load of gpu-1' })).toHaveAttribute('aria-valuenow', '100')
  expect(await seriousFindings()).toEqual([])
})

test('the age of a heartbeat follows what is heard without anything being fetched', async () => {
  const seen = platform({})
  const { queryClient } = renderApp('/admin/engines')
  const row = await screen.findByRole('row', { name: /gpu-1/ })
  const asked = seen.filter(({ path }) => path === '/engines').length
  act(() => void queryClient.setQueryData<Engine[]>(enginesKey, [{ ...engine, heartbeat_age_s: 90 }]))
  await waitFor(() => expect(row).toHaveTextContent(/9\d sec ago/))
  expect(seen.filter(({ path }) => path === '/engines')).toHaveLength(asked)
})

test('draining says what becomes of the work before it happens', async () => {
  const seen = platform({ 'PUT /engines/gpu-1/drain': () => ({ json: engine }) })
  renderApp('/admin/engines')
  await user.click(await screen.findByRole('button', { name: 'Drain gpu-1' }))
  const dialog = screen.getByRole('dialog')
  expect(dialog).toHaveTextContent('It finishes the 2 tasks it holds.')
  expect(seen.some(({ method }) => method === 'PUT')).toBe(false)
  await user.click(within(dialog).getByRole('button', { name: 'Drain' }))
  await waitFor(() => expect(seen.find(({ method }) => method === 'PUT')?.body).toEqual({ drain: true }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('a drained engine takes work again when it is told to', async () => {
  const drained = { ...engine, status: 'DRAINING', draining: true }
  const seen = platform({
    'GET /engines': () => ({ json: page([drained]) }),
    'PUT /engines/gpu-1/drain': () => ({ json: engine }),
  })
  renderApp('/admin/engines')
  await user.click(await screen.findByRole('button', { name: 'Let gpu-1 take work again' }))
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Take work again' }))
  await waitFor(() => expect(seen.find(({ method }) => method === 'PUT')?.body).toEqual({ drain: false }))
})

test('a removal that is refused says why and stays open', async () => {
  platform({ 'DELETE /engines/gpu-1': () => problem(404, 'ENGINE_UNKNOWN', 'This engine is not registered.') })
  renderApp('/admin/engines')
  await user.click(await screen.findByRole('button', { name: 'Remove gpu-1' }))
  const dialog = screen.getByRole('dialog')
  expect(dialog).toHaveTextContent('handed to other engines')
  await user.click(within(dialog).getByRole('button', { name: 'Remove' }))
  expect(await within(dialog).findByRole('alert')).toHaveTextContent('This engine is not registered.')
})

test('whoever may only look is offered nothing to change', async () => {
  platform({}, ['engine:read'])
  renderApp('/admin/engines')
  await screen.findByRole('link', { name: 'T1' })
  expect(screen.queryByRole('button', { name: /Drain|Remove|New token/ })).toBeNull()
  expect(screen.queryByRole('link', { name: 'Queues' })).toBeNull()
})

test('a token is shown once, when it is made', async () => {
  const made = {
    token_id: 'k',
    name: 'rack3',
    created_at: '2026-11-22T03:00:00Z',
    revoked_at: null,
    token: 'hfe_secret',
  }
  platform({ 'POST /engines/tokens': () => ({ status: 201, json: made }) })
  renderApp('/admin/engines')
  await user.click(await screen.findByRole('button', { name: 'New token' }))
  await user.type(screen.getByLabelText('Name'), 'rack3')
  await user.click(screen.getByRole('button', { name: 'Create' }))
  expect(await screen.findByDisplayValue('hfe_secret')).toHaveAttribute('readonly')
  await user.click(screen.getAllByRole('button', { name: 'Close' }).at(-1)!)
  expect(screen.queryByDisplayValue('hfe_secret')).toBeNull()
})

test('queues say what waits, for how long, and that nobody is there to take it', async () => {
  platform({})
  renderApp('/admin/queues')
  const row = await screen.findByRole('row', { name: /3D models from CT/ })
  expect(row).toHaveTextContent('8 min')
  expect(screen.getByRole('row', { name: /lonely/ })).toHaveTextContent('No engine')
  const figure = (name: string) => screen.getAllByText(name).find((element) => element.tagName === 'DT')!.parentElement!
  expect(figure('Waiting')).toHaveTextContent(/4.*oldest 8 min/)
  expect(figure('Given up')).toHaveTextContent('1')
  expect(await seriousFindings()).toEqual([])
})

test('a message that was given up is sent again once somebody has said so', async () => {
  let sent = false
  const seen = platform({
    'GET /admin/queues/dead-letters': () => ({ json: page(sent ? [] : [letter]) }),
    'POST /admin/queues/dead-letters/7/redrive': () => {
      sent = true
      return { json: { ...letter, redriven_at: '2026-11-22T04:00:00Z', redriven_by: 'u1' } }
    },
  })
  renderApp('/admin/queues')
  expect(await screen.findByText('OSError at every try')).toBeInTheDocument()
  expect(screen.getByText('{"task_id":"t9"}')).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Send again: tasks.prepare' }))
  const dialog = screen.getByRole('dialog')
  expect(dialog).toHaveTextContent('done at most once')
  expect(seen.some(({ method }) => method === 'POST')).toBe(false)
  await user.click(within(dialog).getByRole('button', { name: 'Send again' }))
  expect(await screen.findByText('Nothing was given up')).toBeInTheDocument()
})

test('those that were sent again are a list of their own, in the address', async () => {
  const done = { ...letter, redriven_at: '2026-11-22T04:00:00Z', redriven_by: 'u1' }
  const seen = platform({
    'GET /admin/queues/dead-letters': ({ query }) => ({ json: page(query.get('redriven') === 'true' ? [done] : []) }),
  })
  const { router } = renderApp('/admin/queues')
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Show' }), 'Sent again')
  expect(await screen.findByText(/^Sent \d/)).toBeInTheDocument()
  expect(router.state.location.search).toEqual({ letters: 'redriven' })
  expect(screen.queryByRole('button', { name: /^Send again/ })).toBeNull()
  expect(seen.at(-1)?.query.get('redriven')).toBe('true')
})

test.each([
  [95, '95 sec', '95秒'],
  [119, '119 sec', '119秒'],
  [130, '2 min', '2分钟'],
  [7300, '2 hr', '2小时'],
  [200_000, '2 days', '2天'],
])('%d seconds are said in the unit that says enough', (seconds, en, zh) => {
  expect(age(seconds, 'en')).toBe(en)
  expect(age(seconds, 'zh-CN')).toBe(zh)
})
