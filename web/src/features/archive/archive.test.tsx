import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform, page } from '../../../tests/fakePlatform'
import { renderApp } from '../../../tests/renderApp'
import { balance, profile } from '../../../tests/samples'
import type { DryRun, Export, Rule } from '@/lib/api/archiveTypes'
import { regionsFrom } from './regions'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const row: Export = {
  export_id: 'e1',
  name: 'CT chest',
  form: 'zip',
  project_id: null,
  project_name: null,
  study_uids: ['1.2'],
  status: 'RUNNING',
  total: 10,
  done: 4,
  skipped: [{ sop_uid: '1', code: 'BURNED_IN_ANNOTATION', message: 'Names may be written in the image' }],
  size: 0,
  failure_code: null,
  created_at: '2026-11-22T03:00:00Z',
  finished_at: null,
  expires_at: null,
}

const rule: Rule = {
  rule_id: 'r1',
  name: 'Bones',
  position: 1,
  enabled: true,
  version: 1,
  conditions: {
    modality: ['CT'],
    body_part: '',
    description: '*thorax*',
    min_slices: 50,
    max_slices: null,
    source: '',
    sop_class: [],
  },
  actions: [{ kind: 'notify', user_ids: [], roles: ['DOCTOR'] }],
  created_at: '2026-11-22T03:00:00Z',
  updated_at: '2026-11-22T03:00:00Z',
}

const tried: DryRun = {
  looked_at: 2,
  matched: 1,
  items: [
    {
      series_uid: '1.1',
      study_uid: '1',
      modality: 'CT',
      body_part: 'CHEST',
      description: 'Thorax',
      slices: 300,
      source: 'dimse:CT1',
      received_at: '2026-11-22T03:00:00Z',
      matched: true,
      why_not: [],
      already_run: false,
      would: [{ kind: 'notify', what: 'Dr Wang', problem_code: null, problem: null }],
    },
    {
      series_uid: '1.2',
      study_uid: '1',
      modality: 'MR',
      body_part: '',
      description: 'T2',
      slices: 20,
      source: 'upload',
      received_at: '2026-11-22T03:00:00Z',
      matched: false,
      why_not: ['modality', 'min_slices'],
      already_run: false,
      would: [],
    },
  ],
}

const admin = { ...profile, tier: 'ADMIN', permissions: ['study:read', 'study:delete', 'rule:read', 'rule:manage'] }

const platform = () =>
  fakePlatform({
    'GET /users/profile': () => ({ json: admin }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /exports': () => ({ json: page([row]) }),
    'DELETE /exports/e1': () => ({}),
    'GET /deid-projects': () => ({ json: { items: [] } }),
    'GET /rules': () => ({ json: { items: [rule] } }),
    'GET /rules/runs': () => ({ json: page([]) }),
    'GET /dicomweb-peers': () => ({ json: { items: [] } }),
    'GET /users': () => ({ json: page([]) }),
    'GET /algorithms': () => ({ json: { items: [] } }),
    'POST /rules/dry-run': () => ({ json: tried }),
  })

test('an export shows how far it is and what was left out, and can be cancelled', async () => {
  const seen = platform()
  renderApp('/archive')
  expect(await screen.findByText('4 of 10 images')).toBeVisible()
  expect(screen.getByText(/1 image left out: Names may be written/)).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Cancel: CT chest' }))
  const dialog = screen.getByRole('dialog')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Stop the export' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(seen.some(({ method, path }) => method === 'DELETE' && path === '/exports/e1')).toBe(true)
  expect(await seriousFindings()).toEqual([])
})

test('a dry run says what would happen and why not', async () => {
  platform()
  renderApp('/admin/rules')
  await userEvent.click(await screen.findByRole('button', { name: 'Edit' }))
  await userEvent.click(screen.getByRole('button', { name: 'Try on the newest series' }))
  expect(await screen.findByText('1 of 2 series would match')).toBeVisible()
  expect(screen.getByText('Dr Wang')).toBeVisible()
  expect(screen.getByText(/Does not fit: Modality, Fewest images/)).toBeVisible()
})

test.each([
  [
    'US 0 0 800 40\n1 2 3 4',
    [
      { x: 0, y: 0, width: 800, height: 40, modality: 'US' },
      { x: 1, y: 2, width: 3, height: 4 },
    ],
  ],
  ['', []],
  ['US 0 0 800', undefined],
  ['0 0 0 4', undefined],
])('areas to blank are read from lines: %j', (text, regions) => {
  expect(regionsFrom(text)).toEqual(regions)
})
