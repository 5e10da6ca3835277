import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page, problem } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile } from '../../../tests/samples'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const staff = { ...profile, tier: 'ADMIN' as const, permissions: [...profile.permissions, 'node:read', 'node:manage'] }

const node = {
  id: 'n1',
  ae_title: 'ARCHIVE',
  host: '192.0.2.1',
  port: 104,
  description: 'Old archive',
  may_store: true,
  may_query: false,
  may_retrieve: false,
  may_worklist: false,
  addresses: [],
  created_at: '2026-11-22T02:00:00Z',
  seen_at: null,
}

const answer = (uid: string, name: string, images: string) => ({
  StudyInstanceUID: uid,
  PatientName: name,
  PatientID: 'P-1',
  PatientBirthDate: '19190828',
  StudyDate: '20260102',
  StudyDescription: 'CT trunk',
  ModalitiesInStudy: 'CT',
  NumberOfStudyRelatedInstances: images,
  AccessionNumber: 'A-7',
})

const found = {
  items: [
    answer('1.1', 'Hounsfield^Godfrey', '10'),
    answer('1.2', 'Cormack^Allan', '10'),
    answer('1.3', 'Curie^Marie', '10'),
  ],
  complete: true,
  here: { '1.2': 10, '1.3': 4 },
}

const transfer = {
  id: 't1',
  node_id: 'n1',
  direction: 'RETRIEVE',
  status: 'QUEUED',
  study_uid: '1.1',
  study: null,
  total: 0,
  completed: 0,
  warnings: 0,
  failed: 0,
  error: '',
  created_at: '2026-11-22T02:00:00Z',
  finished_at: null,
}

const platform = (handlers: Parameters<typeof fakePlatform>[0] = {}) =>
  fakePlatform({
    'GET /users/profile': () => ({ json: staff }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /admin/dicom-nodes/n1': () => ({ json: node }),
    'GET /admin/dicom-nodes/transfers': () => ({ json: page([]) }),
    'POST /admin/dicom-nodes/n1/query': () => ({ json: found }),
    ...handlers,
  })

const SEARCH = '/admin/dicom-nodes/n1/search'
const row = (name: string) => within(screen.getByRole('row', { name: new RegExp(name) }))

test('a node is asked when the form is sent, and not for everything it has', async () => {
  const seen = platform()
  const { router } = renderApp(SEARCH)
  const user = userEvent.setup()
  await user.click(await screen.findByRole('button', { name: 'Search' }))
  const name = screen.getByRole('textbox', { name: 'Patient name' })
  expect(name).toHaveAccessibleDescription(/Fill in at least one field/)
  expect(name).toHaveFocus()
  await user.type(name, 'hounsfield, g')
  await user.selectOptions(screen.getByRole('combobox', { name: 'Modality' }), 'CT')
  await user.click(screen.getByRole('button', { name: 'Search' }))
  expect(await screen.findByText('3 studies')).toHaveAttribute('role', 'status')
  const asked = () => seen.filter(({ path }) => path.endsWith('/query'))
  expect(asked().map(({ body }) => body)).toEqual([
    { keys: { PatientBirthDate: '', PatientName: 'hounsfield^g*', ModalitiesInStudy: 'CT' } },
  ])
  expect(router.state.location.search).toEqual({ name: 'hounsfield, g', modality: 'CT' })
  await user.click(screen.getByRole('button', { name: 'Search' }))
  await waitFor(() => expect(asked()).toHaveLength(2))
})

test('an answer says what is here, and what is not is fetched, one or several', async () => {
  const ordered: unknown[] = []
  platform({
    'GET /admin/dicom-nodes/transfers': () => ({
      json: page(ordered.map((_, i) => ({ ...transfer, id: `t${i}`, study_uid: ['1.1', '1.3'][i] }))),
    }),
    'POST /admin/dicom-nodes/n1/retrieve': ({ body }) => {
      ordered.push(body)
      return { status: 202, json: transfer }
    },
  })
  renderApp(`${SEARCH}?name=x`)
  const user = userEvent.setup()
  await screen.findByText('Cormack, Allan')
  expect(row('Cormack').getByRole('link', { name: 'In the archive' })).toHaveAttribute('href', '/studies/1.2')
  expect(row('Cormack').queryByRole('button')).not.toBeInTheDocument()
  expect(row('Curie').getByText('4 of 10 images are here')).toBeInTheDocument()
  expect(await seriousFindings()).toEqual([])
  expect(screen.getByRole('button', { name: 'Fetch picked' })).toBeDisabled()
  await user.click(screen.getByRole('checkbox', { name: 'Pick all' }))
  await user.click(screen.getByRole('button', { name: 'Fetch 2 studies' }))
  expect(await row('Hounsfield').findByText('Being fetched')).toBeInTheDocument()
  expect(row('Curie').getByRole('link', { name: 'Sent and fetched' })).toHaveAttribute(
    'href',
    '/admin/dicom-nodes#transfers',
  )
  expect(ordered).toEqual([{ study_uid: '1.1' }, { study_uid: '1.3' }])
})

test('the keyboard goes on in the row whose study was fetched', async () => {
  let ordered = false
  platform({
    'GET /admin/dicom-nodes/transfers': () => ({ json: page(ordered ? [transfer] : []) }),
    'POST /admin/dicom-nodes/n1/retrieve': () => {
      ordered = true
      return { status: 202, json: transfer }
    },
  })
  renderApp(`${SEARCH}?name=x`)
  const user = userEvent.setup()
  const button = await screen.findByRole('button', { name: 'Fetch Hounsfield, Godfrey, 2 Jan 2026' })
  button.focus()
  await user.keyboard('{Enter}')
  await row('Hounsfield').findByText('Being fetched')
  await user.tab()
  expect(row('Hounsfield').getByRole('link', { name: 'Sent and fetched' })).toHaveFocus()
})

test('it is said plainly that there is more, that there is nothing, and that the node does not answer', async () => {
  const answers = [
    { json: { ...found, complete: false } },
    { json: { items: [], complete: true, here: {} } },
    problem(503, 'NODE_UNREACHABLE', 'Nothing answers at 192.0.2.1:104.'),
  ]
  platform({ 'POST /admin/dicom-nodes/n1/query': () => answers.shift()! })
  renderApp(`${SEARCH}?name=x`)
  const user = userEvent.setup()
  expect(await screen.findByText(/The node has more than these 3 studies/)).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Search' }))
  expect(await screen.findByText('The node has no such study')).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Search' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Nothing answers at 192.0.2.1:104.')
  expect(screen.queryByText('The node has no such study')).not.toBeInTheDocument()
})

test('transfers name their studies, and what failed is tried again', async () => {
  const study = {
    study_uid: '1.1',
    patient_name: 'Hounsfield^Godfrey',
    study_date: '20260102',
    description: 'CT trunk',
    modalities: ['CT'],
  }
  const away = '1.2.840.113619.2.55.3.604688119.971.1234567890.123'
  const seen = platform({
    'GET /admin/dicom-nodes': () => ({ json: page([node, { ...node, id: 'n2', ae_title: 'CALLS_ONLY', host: '' }]) }),
    'GET /admin/dicom-nodes/ourselves': () => ({ json: { ae_title: 'HOUNSFIELD', host: '192.0.2.2', port: 11112 } }),
    'GET /admin/dicom-nodes/transfers': () => ({
      json: page([
        { ...transfer, status: 'DONE', study },
        { ...transfer, id: 't2', status: 'FAILED', study_uid: away, error: 'Nothing answers.' },
      ]),
    }),
    'POST /admin/dicom-nodes/transfers/t2/again': () => ({ status: 202, json: transfer }),
  })
  renderApp('/admin/dicom-nodes')
  const user = userEvent.setup()
  expect(await screen.findByRole('link', { name: 'Hounsfield, Godfrey' })).toHaveAttribute('href', '/studies/1.1')
  expect(screen.getByText('CT trunk · 2 Jan 2026')).toBeInTheDocument()
  expect(screen.getByTitle(away)).toHaveTextContent('1.2.840.…7890.123')
  expect(await screen.findByRole('link', { name: 'Search and fetch: ARCHIVE' })).toHaveAttribute('href', SEARCH)
  expect(screen.queryByRole('link', { name: 'Search and fetch: CALLS_ONLY' })).not.toBeInTheDocument()
  expect(await seriousFindings()).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Try again: Fetched from ARCHIVE' }))
  await waitFor(() => expect(seen.some(({ path }) => path === '/admin/dicom-nodes/transfers/t2/again')).toBe(true))
})
