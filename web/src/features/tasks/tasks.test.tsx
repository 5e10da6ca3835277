import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page, problem } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile, surface, task } from '../../../tests/samples'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

type Handlers = Parameters<typeof fakePlatform>[0]
const platform = (handlers: Handlers) =>
  fakePlatform({
    'GET /users/profile': () => ({ json: profile }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /algorithms': () => ({ json: { items: [surface] } }),
    ...handlers,
  })

let user: ReturnType<typeof userEvent.setup>
beforeEach(() => {
  user = userEvent.setup()
})

test('an empty list says what to do next', async () => {
  platform({ 'GET /tasks': () => ({ json: page([]) }) })
  renderApp('/tasks')
  expect(await screen.findByText('No tasks yet')).toBeInTheDocument()
  const main = screen.getByRole('main')
  for (const link of within(main).getAllByRole('link', { name: 'New task' }))
    expect(link).toHaveAttribute('href', '/upload')
})

test('a running task shows how far it is', async () => {
  platform({ 'GET /tasks': () => ({ json: page([task]) }) })
  renderApp('/tasks')
  expect(await screen.findByRole('link', { name: 'Trunk CT' })).toHaveAttribute('href', '/tasks/t1')
  expect(screen.getByRole('progressbar', { name: 'Progress of Trunk CT' })).toHaveAttribute('aria-valuenow', '40')
  expect(await seriousFindings()).toEqual([])
})

test('a list that cannot be loaded says why and can be asked for again', async () => {
  let working = false
  platform({ 'GET /tasks': () => (working ? { json: page([task]) } : problem(503, 'UNAVAILABLE', 'Back in a minute')) })
  renderApp('/tasks')
  expect(await screen.findByText('Back in a minute')).toBeInTheDocument()
  working = true
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('Trunk CT')).toBeInTheDocument()
})

test('filters and sorting live in the address and reach the platform', async () => {
  const seen = platform({ 'GET /tasks': () => ({ json: page([task]) }) })
  const { router } = renderApp('/tasks?page=3')
  await screen.findByText('Trunk CT')
  await user.selectOptions(screen.getByRole('combobox', { name: 'Status' }), 'Failed')
  await user.click(screen.getByRole('button', { name: 'Created' }))
  await waitFor(() => {
    const last = seen.filter(({ path }) => path === '/tasks').at(-1)!
    expect(Object.fromEntries(last.query)).toEqual({ page: '1', size: '20', status: 'FAILED', sort: 'created_at' })
  })
  expect(router.state.location.search).toEqual({ status: 'FAILED', sort: 'created_at' })
})

test('the search field of the top bar filters the tasks', async () => {
  const seen = platform({ 'GET /tasks': () => ({ json: page([task]) }) })
  renderApp('/tasks')
  await user.type(await screen.findByRole('searchbox', { name: 'Search tasks' }), 'trunk')
  await waitFor(() => expect(seen.some(({ query }) => query.get('q') === 'trunk')).toBe(true))
})

test('the detail tells who did what, with the parameters in words', async () => {
  platform({ 'GET /tasks/t1': () => ({ json: task }) })
  renderApp('/tasks/t1')
  expect(await screen.findByRole('heading', { name: 'Trunk CT' })).toBeInTheDocument()
  expect(screen.getByText('Finding the body')).toBeInTheDocument()
  expect(await screen.findByText('You · ordered')).toBeInTheDocument()
  expect(screen.getByText('Engine local · took the task')).toBeInTheDocument()
  expect(await screen.findByText('Bone, Skin')).toBeInTheDocument()
  expect(screen.getByText('200 to 3,000')).toBeInTheDocument()
  expect(await seriousFindings()).toEqual([])
})

test('why a task failed is said once', async () => {
  const why = 'None of the tissues was found in the series.'
  const last = { ...task.events[1]!, to: 'FAILED' as const, reason_code: 'TISSUE_NOT_FOUND', reason: why }
  platform({
    'GET /tasks/t1': () => ({
      json: { ...task, status: 'FAILED', error_message: why, events: [...task.events, last] },
    }),
  })
  renderApp('/tasks/t1')
  expect(await screen.findByText(why)).toBeInTheDocument()
  expect(screen.getByText('Engine local')).toBeInTheDocument()
})

test('cancelling says what is lost and returned, and waits for a yes', async () => {
  const seen = platform({
    'GET /tasks/t1': () => ({ json: task }),
    'POST /tasks/t1/cancel': () => ({ json: { task_id: 't1', status: 'CANCELLED' } }),
  })
  renderApp('/tasks/t1')
  await user.click(await screen.findByRole('button', { name: 'Cancel task' }))
  const dialog = screen.getByRole('dialog', { name: 'Cancel “Trunk CT”?' })
  expect(dialog).toHaveTextContent('what it has computed so far is lost')
  expect(dialog).toHaveTextContent('You get back the 10 low points held for it.')
  expect(seen.some(({ method }) => method === 'POST')).toBe(false)
  await user.click(within(dialog).getByRole('button', { name: 'Cancel task' }))
  await waitFor(() => expect(seen.find(({ path }) => path === '/tasks/t1/cancel')).toBeDefined())
})

test('a refused payment is shown, and trying again is a new try', async () => {
  const seen = platform({
    'GET /tasks/t1': () => ({
      json: { ...task, status: 'COMPLETED', payment_status: 'PENDING', can: { ...task.can, cancel: false, pay: true } },
    }),
    'POST /tasks/t1/pay': () => problem(402, 'INSUFFICIENT_POINTS', 'You have 3 low points; 10 are needed.'),
  })
  renderApp('/tasks/t1')
  await user.click(await screen.findByRole('button', { name: 'Pay' }))
  const pay = within(screen.getByRole('dialog')).getByRole('button', { name: 'Pay' })
  await user.click(pay)
  expect(await screen.findByText('You have 3 low points; 10 are needed.')).toBeInTheDocument()
  await user.click(pay)
  await waitFor(() => expect(seen.filter(({ path }) => path === '/tasks/t1/pay')).toHaveLength(2))
  const keys = seen.filter(({ path }) => path === '/tasks/t1/pay').map(({ headers }) => headers.get('idempotency-key'))
  expect(keys[0]).toBeTruthy()
  expect(keys[1]).not.toBe(keys[0])
})

test('a task that is not there offers no retry', async () => {
  platform({})
  renderApp('/tasks/nope')
  expect(await screen.findByRole('alert')).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
})
