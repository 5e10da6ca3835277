import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../../tests/axe'
import { fakePlatform, page, problem } from '../../../../tests/fakePlatform'
import { renderApp } from '../../../../tests/renderApp'
import { balance, profile, surface } from '../../../../tests/samples'
import type { ManagedAlgorithm, ModelVersion, ShadowRun } from '@/lib/api'
import { draftOf, emptyDraft, manifestOf } from './draft'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const manifest = {
  name: 'dense_tissue',
  version: '2.0.0',
  title: { en: 'Dense tissue', 'zh-CN': '致密组织' },
  intended_use: { en: 'Tests.', 'zh-CN': '测试。' },
  licence: 'Apache-2.0',
  input: {
    axes: 'RAS',
    spacing_mm: [1.5, 1.5, 2],
    window_hu: [-1000, 1000],
    normalise: { kind: 'zscore', mean: 12.5, std: 300 },
  },
  patch: { size: [64, 96, 96], overlap: 0.25, blending: 'constant' },
  output: { kind: 'sigmoid', threshold: 0.4 },
  labels: [
    { name: 'bone', title: { en: 'Bone', 'zh-CN': '骨' }, color: '#E3DAC9', keep: 'largest', min_volume_ml: 1.5 },
    { name: 'metal', title: { en: 'Metal', 'zh-CN': '金属' }, color: '#A6ACAF', keep: 'all', min_volume_ml: 0 },
  ],
  surfaces: true,
  memory_mb: 3000,
  memory_mb_per_mvoxel: 7.5,
  start_to_close_s: 1800,
  schedule_to_start_s: 600,
}

const version = (changes: Partial<ModelVersion>): ModelVersion => ({
  name: 'dense_tissue',
  version: '1.0.0',
  source: 'onnx',
  state: 'ENABLED',
  canary_percent: 0,
  shadow: false,
  share_percent: 80,
  model_sha256: 'ab'.repeat(32),
  model_size: 18_000_000,
  manifest,
  facts: { opset: 20, parameters: 4_200_000, window_seconds: 1.25, onnxruntime: '1.31.1' },
  created_by: 'ada',
  created_at: '2026-11-22T02:00:00Z',
  ...changes,
})

const dense: ManagedAlgorithm = {
  name: 'dense_tissue',
  source: 'onnx',
  title: { en: 'Dense tissue', 'zh-CN': '致密组织' },
  enabled: true,
  price: { amount: 25, units: ['POINT_LOW'], mode: 'prepaid_mode' },
  own_price: true,
  versions: [version({ version: '2.0.0', canary_percent: 20, share_percent: 20 }), version({})],
  updated_at: '2026-11-22T02:00:00Z',
}

const built: ManagedAlgorithm = {
  ...dense,
  name: 'ct_surface',
  source: 'engine',
  title: { en: '3D models from CT' },
  own_price: false,
  versions: [
    version({
      source: 'engine',
      share_percent: 100,
      model_sha256: null,
      model_size: null,
      facts: null,
      created_by: null,
    }),
  ],
}

const run: ShadowRun = {
  task_id: 't2',
  version: '2.0.0',
  status: 'COMPLETED',
  failure_code: null,
  error_message: null,
  created_at: '2026-11-22T02:00:00Z',
  completed_at: '2026-11-22T02:10:00Z',
  order_task_id: 't1',
  order_no: 'T1',
  order_version: '1.0.0',
  order_status: 'COMPLETED',
  comparison: {
    labels: { bone: { volume_ml: 100, shadow_volume_ml: 90.5, dice: 0.93 } },
    seconds: 10,
    shadow_seconds: 12,
  },
}

type Handlers = Parameters<typeof fakePlatform>[0]
const platform = (handlers: Handlers = {}) =>
  fakePlatform({
    'GET /users/profile': () => ({ json: { ...profile, tier: 'SUPER_ADMIN', permissions: ['algorithm:manage'] } }),
    'GET /points/balance': () => ({ json: balance }),
    'GET /algorithms': () => ({ json: { items: [surface] } }),
    'GET /admin/algorithms': () => ({ json: { items: [built, dense], max_model_bytes: 1_000_000 } }),
    ...handlers,
  })

let user: ReturnType<typeof userEvent.setup>
beforeEach(() => {
  user = userEvent.setup()
})

test('versions say who gets them, and what is known of their files', async () => {
  platform()
  renderApp('/admin/algorithms')
  const card = await screen.findByRole('region', { name: 'Dense tissue' })
  const row = within(card).getByRole('row', { name: /2\.0\.0/ })
  expect(row).toHaveTextContent('Canary 20 %')
  expect(row).toHaveTextContent('18 MB · 4,200,000 weights · opset 20 · 1.25 s a window')
  expect(row).toHaveTextContent('ada')
  expect(within(card).getByRole('row', { name: /1\.0\.0/ })).toHaveTextContent('80 %')
  expect(card).toHaveTextContent('25 low points')
  const other = screen.getByRole('region', { name: '3D models from CT' })
  expect(other).toHaveTextContent('usual price')
  expect(within(other).queryByRole('button', { name: /^Change / })).toBeNull()
  expect(screen.getByRole('link', { name: 'Algorithms' })).toHaveAttribute('href', '/admin/algorithms')
  expect(await seriousFindings()).toEqual([])
})

test('state, share and shadow are one change, whose meaning is said before it is made', async () => {
  const path = 'PUT /admin/algorithms/dense_tissue/versions/1.0.0'
  const seen = platform({ [path]: () => ({ json: dense }) })
  renderApp('/admin/algorithms')
  await user.click(await screen.findByRole('button', { name: 'Change Dense tissue 1.0.0' }))
  const dialog = screen.getByRole('dialog')
  expect(dialog).toHaveTextContent('Orders get this version')
  await user.click(within(dialog).getByRole('checkbox', { name: /Run in the shadow/ }))
  expect(dialog).toHaveTextContent('It runs beside every order')
  expect(within(dialog).getByRole('slider', { name: 'Canary share' })).toBeDisabled()
  await user.selectOptions(within(dialog).getByRole('combobox', { name: 'State' }), 'Disabled')
  expect(dialog).toHaveTextContent('No order gets this version.')
  await user.click(within(dialog).getByRole('button', { name: 'Save' }))
  await waitFor(() =>
    expect(seen.find(({ method }) => method === 'PUT')?.body).toEqual({
      state: 'DISABLED',
      canary_percent: 0,
      shadow: true,
    }),
  )
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('shares that the platform refuses stay open with its reason', async () => {
  platform({
    'PUT /admin/algorithms/dense_tissue/versions/1.0.0': () =>
      problem(422, 'CANARY_OVER_100', 'That adds up to 120 %.'),
  })
  renderApp('/admin/algorithms')
  await user.click(await screen.findByRole('button', { name: 'Change Dense tissue 1.0.0' }))
  await user.click(screen.getByRole('button', { name: 'Save' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('That adds up to 120 %.')
})

test('a price of its own can be set, and taken away', async () => {
  const seen = platform({ 'PUT /admin/algorithms/dense_tissue': () => ({ json: dense }) })
  renderApp('/admin/algorithms')
  const open = async () => user.click(await screen.findByRole('button', { name: 'Price: Dense tissue' }))
  await open()
  const amount = screen.getByRole('spinbutton')
  await user.clear(amount)
  await user.type(amount, '30')
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  await open()
  await user.click(screen.getByRole('checkbox', { name: /A price of its own/ }))
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() =>
    expect(seen.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual([
      { price: { amount: 30, units: ['POINT_LOW'] } },
      { price: null },
    ]),
  )
})

test('withdrawing says what becomes of what is ordered', async () => {
  const seen = platform({ 'PUT /admin/algorithms/dense_tissue': () => ({ json: dense }) })
  renderApp('/admin/algorithms')
  await user.click(await screen.findByRole('button', { name: 'Withdraw: Dense tissue' }))
  const dialog = screen.getByRole('dialog')
  expect(dialog).toHaveTextContent('What is ordered already goes on to its end.')
  await user.click(within(dialog).getByRole('button', { name: 'Withdraw' }))
  await waitFor(() => expect(seen.find(({ method }) => method === 'PUT')?.body).toEqual({ enabled: false }))
})

test('shadows stand beside their orders, label by label', async () => {
  platform({ 'GET /admin/algorithms/dense_tissue/shadows': () => ({ json: page([run]) }) })
  renderApp('/admin/algorithms')
  await user.click(await screen.findByRole('button', { name: 'Shadow runs: Dense tissue' }))
  const dialog = screen.getByRole('dialog')
  expect(await within(dialog).findByText('Dice 0.93')).toBeVisible()
  expect(dialog).toHaveTextContent('100 ml')
  expect(dialog).toHaveTextContent('90.5 ml')
  expect(within(dialog).getByRole('link', { name: 'T1' })).toHaveAttribute('href', '/tasks/t1')
})

test('every change names who made it', async () => {
  const change = {
    version: '1.0.0',
    change: { canary_percent: [0, 20], state: ['DISABLED', 'ENABLED'] },
    actor: 'ada',
    at: '2026-11-22T02:00:00Z',
  }
  platform({ 'GET /admin/algorithms/dense_tissue/changes': () => ({ json: page([change]) }) })
  renderApp('/admin/algorithms')
  await user.click(await screen.findByRole('button', { name: 'Changes: Dense tissue' }))
  const row = await within(screen.getByRole('dialog')).findByRole('row', { name: /ada/ })
  expect(row).toHaveTextContent('Canary share 0 → 20')
})

test('the form holds a whole manifest and gives it back', () => {
  expect(manifestOf(draftOf(manifest))).toEqual(manifest)
  expect(manifestOf(draftOf({})).input).toEqual({
    axes: 'SPL',
    spacing_mm: null,
    window_hu: null,
    normalise: { kind: 'none' },
  })
  expect(draftOf('nonsense')).toEqual({ ...emptyDraft(), surfaces: false })
})

/** Answers the one form that is sent by XMLHttpRequest. */
function answering(status: number, json: unknown) {
  const sent: FormData[] = []
  class FakeRequest {
    upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
    status = status
    responseText = JSON.stringify(json)
    onload?: () => void
    open = vi.fn()
    abort = vi.fn()
    setRequestHeader = vi.fn()
    getResponseHeader = () => 'application/json'
    send(form: FormData) {
      sent.push(form)
      this.upload.onprogress?.({ loaded: 1, total: 1 })
      this.onload?.()
    }
  }
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  return sent
}

const model = (size = 10) => new File([new Uint8Array(size)], 'model.onnx')
/** A file that can be read: jsdom's own cannot. */
const json = (content: string) =>
  Object.assign(new File([content], 'manifest.json', { type: 'application/json' }), {
    text: () => Promise.resolve(content),
  })
const told = () => json(JSON.stringify(manifest))

test('a model is added with the manifest that was read from a file', async () => {
  platform()
  const sent = answering(201, dense.versions[0])
  const { router } = renderApp('/admin/algorithms/new')
  await user.upload(await screen.findByLabelText(/^ONNX file/), model())
  await user.upload(screen.getByLabelText(/^Manifest/), told())
  expect(await screen.findByDisplayValue('dense_tissue')).toBeVisible()
  expect(screen.getByRole('group', { name: 'Label 2' })).toBeVisible()
  expect(await seriousFindings()).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Check and add' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/admin/algorithms'))
  expect(JSON.parse(sent[0]?.get('manifest') as string)).toEqual(manifest)
  expect((sent[0]?.get('model') as File).name).toBe('model.onnx')
})

test('a model that is refused says why, and the form stays as it was', async () => {
  platform()
  answering(422, {
    title: 'Invalid request',
    status: 422,
    code: 'MODEL_CHANNELS',
    detail: 'The model gives 3 channels.',
  })
  renderApp('/admin/algorithms/new')
  await user.upload(await screen.findByLabelText(/^ONNX file/), model())
  await user.upload(screen.getByLabelText(/^Manifest/), told())
  await screen.findByDisplayValue('dense_tissue')
  await user.click(screen.getByRole('button', { name: 'Check and add' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The model gives 3 channels.')
  expect(screen.getByDisplayValue('dense_tissue')).toBeVisible()
})

test('a file that is too large is told before it is sent, and a manifest that is none is said to be', async () => {
  platform()
  const sent = answering(201, {})
  renderApp('/admin/algorithms/new')
  await screen.findByText(/At most 1 MB/)
  await user.upload(screen.getByLabelText(/^ONNX file/), model(1_000_001))
  expect(screen.getByText('This file is larger than allowed.')).toBeVisible()
  await user.upload(screen.getByLabelText(/^Manifest/), json('{'))
  expect(await screen.findByText('This file is not JSON.')).toBeVisible()
  await user.upload(screen.getByLabelText(/^Manifest/), told())
  await screen.findByDisplayValue('dense_tissue')
  await user.click(screen.getByRole('button', { name: 'Check and add' }))
  expect(sent).toEqual([])
})
