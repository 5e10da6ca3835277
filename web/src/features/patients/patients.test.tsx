import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import type { PatientDetail } from '@/lib/api'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile } from '../../../tests/samples'
import { age } from './words'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const can = {
  update: true,
  grant: true,
  merge: true,
  restrict: true,
  reveal: true,
  link: true,
  accesses: true,
  create_visit: true,
}

const patient: PatientDetail = {
  patient_id: 'p1',
  mrn: 'A1001',
  issuer: '',
  name: 'Zhang^San=张^三',
  sex: 'M',
  birth_date: '19800229',
  phone: '13800138000',
  id_number: '110***********1234',
  notes: '',
  restricted: true,
  merged_into_id: null,
  created_at: '2026-11-22T02:00:00Z',
  updated_at: null,
  merged_from: [],
  can,
}

const statistics = {
  total: 3,
  new_this_month: 2,
  restricted: 1,
  visits_today: 4,
  visits_scheduled: 5,
  by_sex: { M: 3 },
  by_age: [
    { start: 0, to: 18, count: 1 },
    { start: 18, to: null, count: 2 },
  ],
  by_month: [],
}

const visit = {
  visit_id: 'v1',
  patient_id: 'p1',
  number: 'V1',
  type: 'OUTPATIENT',
  status: 'SCHEDULED',
  department: 'Pneumology',
  doctor: '',
  reason: 'cough',
  starts_at: '2030-01-02T08:00:00Z',
  ends_at: null,
  steps: [],
}

const staff = { ...profile, permissions: [...profile.permissions, 'patient:create', 'patient:breakglass'] }

const platform = (handlers: Parameters<typeof fakePlatform>[0] = {}) =>
  fakePlatform({
    'GET /users/profile': () => ({ json: staff }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /patients': () => ({ json: page([patient]) }),
    'GET /patients/statistics': () => ({ json: statistics }),
    'GET /patients/p1': () => ({ json: patient }),
    'GET /patients/p1/visits': () => ({ json: page([visit]) }),
    'GET /patients/p1/timeline': () => ({ json: page([]) }),
    'GET /patients/p1/grants': () => ({ json: [] }),
    'GET /patients/p1/users': () => ({ json: [] }),
    'GET /patients/p1/accesses': () => ({ json: page([]) }),
    'GET /studies': () => ({ json: page([]) }),
    ...handlers,
  })

test('patients are listed with figures and found by what is typed', async () => {
  const seen = platform()
  renderApp('/patients')
  await screen.findByRole('link', { name: 'Zhang, San' })
  expect(screen.getByText('Restricted')).toBeInTheDocument()
  expect(await screen.findByText('Visits planned')).toBeInTheDocument()
  await userEvent.setup().type(screen.getByRole('searchbox', { name: /pinyin/ }), 'zs')
  await waitFor(() =>
    expect(
      seen
        .filter((r) => r.path === '/patients')
        .at(-1)
        ?.query.get('q'),
    ).toBe('zs'),
  )
  expect(await seriousFindings()).toEqual([])
})

test('a new record is made from a name alone and opened', async () => {
  const seen = platform({ 'POST /patients': () => ({ status: 201, json: patient }) })
  const { router } = renderApp('/patients')
  const user = userEvent.setup()
  await screen.findByRole('link', { name: 'Zhang, San' })
  await user.click(screen.getByRole('button', { name: 'New patient' }))
  const dialog = within(screen.getByRole('dialog'))
  await user.type(dialog.getByRole('textbox', { name: /^Name/ }), '张三')
  await user.click(dialog.getByRole('button', { name: 'Create record' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/patients/p1'))
  const sent = seen.find((r) => r.method === 'POST')?.body
  expect(sent).toMatchObject({ name: '张三', birth_date: null })
  expect(sent).not.toHaveProperty('id_number')
  expect(sent).not.toHaveProperty('mrn')
})

test('an identity number is shown for a reason only', async () => {
  const seen = platform({ 'POST /patients/p1/reveal': () => ({ json: { id_number: '110105194912311234' } }) })
  renderApp('/patients/p1')
  const user = userEvent.setup()
  await screen.findByText('110***********1234')
  await user.click(screen.getByRole('button', { name: 'Show identity number' }))
  const dialog = within(screen.getByRole('dialog'))
  await user.type(dialog.getByRole('textbox', { name: 'Reason' }), 'insurance form')
  await user.click(dialog.getByRole('button', { name: 'Show' }))
  await screen.findByText('110105194912311234')
  expect(seen.find((r) => r.path.endsWith('/reveal'))?.body).toEqual({ reason: 'insurance form' })
})

test('a visit is moved on to what it can become', async () => {
  const seen = platform({ 'PUT /visits/v1': () => ({ json: { ...visit, status: 'ARRIVED' } }) })
  renderApp('/patients/p1')
  const user = userEvent.setup()
  const choice = await screen.findByRole('combobox', { name: 'Change visit V1' })
  expect([...within(choice).getAllByRole('option')].map((option) => option.textContent)).toEqual([
    'Change to …',
    'Arrived',
    'Completed',
    'Did not come',
    'Called off',
  ])
  await user.selectOptions(choice, 'Arrived')
  await waitFor(() => expect(seen.find((r) => r.method === 'PUT')?.body).toEqual({ status: 'ARRIVED' }))
  expect(await seriousFindings()).toEqual([])
})

test('whoever only reads is offered nothing to change', async () => {
  const none = Object.fromEntries(Object.keys(can).map((name) => [name, false])) as typeof can
  platform({ 'GET /patients/p1': () => ({ json: { ...patient, can: none } }) })
  renderApp('/patients/p1')
  const main = within(await screen.findByRole('main'))
  await main.findByText('110***********1234')
  for (const name of ['Edit', 'Merge', 'New visit', 'Grant access', 'Show identity number'])
    expect(main.queryByRole('button', { name })).not.toBeInTheDocument()
})

test('a closed record is opened in an emergency by its number and a reason', async () => {
  const opened = { patient_id: 'p1', grant_id: 'g1', expires_at: '2030-01-01T00:00:00Z' }
  const seen = platform({ 'POST /patients/break-glass': () => ({ status: 201, json: opened }) })
  const { router } = renderApp('/patients')
  const user = userEvent.setup()
  await user.click(await screen.findByRole('button', { name: 'Emergency access' }))
  const dialog = within(screen.getByRole('dialog'))
  await user.type(dialog.getByRole('textbox', { name: 'Record number' }), 'A1001')
  await user.type(dialog.getByRole('textbox', { name: 'Reason' }), 'unconscious')
  await user.click(dialog.getByRole('button', { name: 'Open for 4 hours' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/patients/p1'))
  expect(seen.find((r) => r.method === 'POST')?.body).toEqual({
    mrn: 'A1001',
    issuer: undefined,
    reason: 'unconscious',
  })
})

test('ages are whole years that have passed', () => {
  expect(age('19800229', new Date(2026, 1, 28))).toBe(45)
  expect(age('19800229', new Date(2026, 2, 1))).toBe(46)
  expect(age(null)).toBeNull()
})
