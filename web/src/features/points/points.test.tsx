import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile } from '../../../tests/samples'
import type { Transaction } from '@/lib/api'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const hold: Transaction = {
  transaction_id: 'x1',
  at: '2026-11-22T02:00:00Z',
  kind: 'hold',
  unit: 'POINT_LOW',
  amount: -10,
  held_change: 10,
  available_after: 90,
  order_no: 'T26112200000001',
  order_name: 'Knee',
  task_id: 't1',
  reason: '',
  actor: 'u1',
}
const charge: Transaction = { ...hold, transaction_id: 'x2', kind: 'capture', amount: 0, held_change: -10 }
const deleted: Transaction = {
  ...hold,
  transaction_id: 'x3',
  kind: 'release',
  amount: 10,
  held_change: -10,
  task_id: null,
  reason: 'The task was cancelled',
}

const platform = () =>
  fakePlatform({
    'GET /users/profile': () => ({ json: profile }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /points/transactions': () => ({ json: page([charge, hold, deleted]) }),
  })

test('each operation is one line that says what happened to which order', async () => {
  platform()
  renderApp('/points')
  const history = await screen.findByRole('table', { name: 'History' })
  await within(history).findByText('Charged')
  const [first, second, third] = within(history).getAllByRole('row').slice(1)
  expect(first).toHaveTextContent('Charged')
  expect(first).toHaveTextContent('10 from the hold')
  expect(within(first!).getByRole('link', { name: 'Knee' })).toHaveAttribute('href', '/tasks/t1')
  expect(second).toHaveTextContent('Held for a task')
  expect(second).toHaveTextContent('-10')
  expect(second).toHaveTextContent('T26112200000001')
  expect(third).toHaveTextContent('+10')
  expect(third).toHaveTextContent('The task was cancelled')
  expect(within(third!).queryByRole('link')).toBeNull()
  expect(await seriousFindings()).toEqual([])
})

test('the filters live in the address and reach the platform', async () => {
  const seen = platform()
  const { router } = renderApp('/points?type=nonsense')
  const user = userEvent.setup()
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Unit' }), 'High points')
  await user.selectOptions(screen.getByRole('combobox', { name: 'What' }), 'Held for a task')
  await waitFor(() => {
    const last = seen.filter(({ path }) => path === '/points/transactions').at(-1)!
    expect(Object.fromEntries(last.query)).toEqual({ page: '1', size: '20', unit: 'POINT_HIGH', type: 'hold' })
  })
  expect(router.state.location.search).toEqual({ unit: 'POINT_HIGH', type: 'hold' })
  expect(seen.find(({ path }) => path === '/points/transactions')!.query.has('type')).toBe(false)
})
