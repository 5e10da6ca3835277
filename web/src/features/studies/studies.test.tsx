import { screen, waitFor, within } from '@testing-library/react'
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

const study = {
  study_uid: '1.2.3',
  patient_id: 'p1',
  patient_name: 'Hounsfield^Godfrey',
  mrn: 'P-1001',
  sex: 'M',
  birth_date: '19190828',
  study_date: '20260102',
  accession_number: '',
  description: 'CT trunk',
  modalities: ['CT'],
  series_count: 1,
  instance_count: 1,
  size_bytes: 1000,
  created_at: '2026-11-22T02:00:00Z',
}

const platform = (items: (typeof study)[]) =>
  fakePlatform({
    'GET /users/profile': () => ({ json: profile }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /studies': () => ({ json: page(items) }),
  })

test('studies come newest first, and in another order when asked', async () => {
  const seen = platform([study])
  const { router } = renderApp('/studies?page=2&sort=nonsense')
  const user = userEvent.setup()
  const asked = () => seen.filter(({ path }) => path === '/studies').map(({ query }) => query.get('sort'))
  await screen.findByRole('link', { name: 'Hounsfield, Godfrey' })
  expect(asked()).toEqual(['-created_at'])
  await user.selectOptions(screen.getByRole('combobox', { name: 'Sort' }), 'Patient A–Z')
  await waitFor(() => expect(asked().at(-1)).toBe('name'))
  await user.click(screen.getByRole('button', { name: 'Study date' }))
  await waitFor(() => expect(asked().at(-1)).toBe('-study_date'))
  expect(screen.getByRole('columnheader', { name: 'Study date' })).toHaveAttribute('aria-sort', 'descending')
  expect(router.state.location.search).toEqual({ sort: '-study_date' })
  expect(await seriousFindings()).toEqual([])
})

test('a filter that finds nothing can be taken away where nothing was found', async () => {
  const seen = platform([])
  renderApp('/studies?modality=MR')
  const main = within(await screen.findByRole('main'))
  const buttons = await main.findAllByRole('button', { name: 'Clear filters' })
  expect(main.getByText('Nothing matches these filters')).toBeInTheDocument()
  await userEvent.setup().click(buttons.at(-1)!)
  expect(await main.findByText('No studies yet')).toBeInTheDocument()
  expect(seen.at(-1)!.query.has('modality')).toBe(false)
})
