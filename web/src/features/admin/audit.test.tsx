import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile } from '../../../tests/samples'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const entry = {
  id: 'e1',
  number: 7,
  at: '2026-11-22T02:00:00Z',
  until: null,
  count: 499,
  actor_kind: 'user',
  actor_name: 'ada',
  actor_roles: 'USER DOCTOR',
  action: 'study.read',
  object_type: 'study',
  object_id: '1.2.3',
  patient_id: 'p1',
  outcome: 'denied',
  reason: '',
  source: 'rest',
  address: '192.0.2.1',
  details: {},
  hash: null,
}
const chain = {
  organization_id: 'o1',
  ok: false,
  entries: 7,
  head: 'x',
  waiting: 0,
  unmarked: 0,
  problem: 'CHANGED',
  number: 5,
}

test('the log is read, filtered and checked', async () => {
  const seen = fakePlatform({
    'GET /users/profile': () => ({ json: { ...profile, permissions: ['audit:read'] } }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /admin/audit': () => ({ json: page([entry, { ...entry, id: 'e2', action: 'room.unheard_of' }]) }),
    'GET /admin/audit/verify': () => ({ json: { ok: false, chains: [chain] } }),
  })
  renderApp('/admin/audit')
  const user = userEvent.setup()
  await screen.findByText('Opened a study × 499')
  expect(screen.getByText('room.unheard_of × 499')).toBeInTheDocument()
  expect(screen.getAllByText('ada · Doctor')).toHaveLength(2)
  await user.selectOptions(screen.getByRole('combobox', { name: 'Outcome' }), 'Denied')
  await waitFor(() => expect(seen.at(-1)?.query.get('outcome')).toBe('denied'))
  await user.click(screen.getByRole('button', { name: 'Check the chain' }))
  expect(await screen.findByText('The chain is broken')).toBeInTheDocument()
  expect(screen.getByText('Row 5 was changed.')).toBeInTheDocument()
  expect(await seriousFindings()).toEqual([])
})
