import type { Algorithm, Balance, Profile, Task } from '@/lib/api'

export const profile: Profile = {
  user_id: 'u1',
  username: 'ada',
  display_name: 'Ada',
  email: null,
  phone: null,
  tier: 'USER',
  clinical_role: 'none',
  roles: ['USER'],
  organization: { organization_id: 'o1', name: 'Clinic' },
  language: null,
  permissions: ['upload:create', 'task:create', 'task:read'],
  created_at: '2026-01-01T00:00:00Z',
}

export const balance: Balance = {
  low: { available: 30, held: 0 },
  high: { available: 5, held: 0 },
  credits: { available: 0, held: 0 },
}

export const surface: Algorithm = {
  name: 'ct_surface',
  title: { en: '3D models from CT', 'zh-CN': 'CT 三维重建' },
  description: { en: 'Closed surfaces', 'zh-CN': '封闭表面' },
  version: '1.0.0',
  input_kind: 'ct_series',
  intended_use: {},
  licence: '',
  price: { amount: 10, units: ['POINT_LOW', 'POINT_HIGH'], mode: 'prepaid_mode' },
  available: true,
  parameters: {
    type: 'object',
    $defs: {
      Ranges: {
        type: 'object',
        properties: {
          bone: {
            type: 'array',
            default: [200, 3000],
            prefixItems: [
              { type: 'integer', minimum: -1024, maximum: 3000 },
              { type: 'integer', minimum: -1024, maximum: 3000 },
            ],
            'x-title': { en: 'Bone', 'zh-CN': '骨骼' },
          },
        },
      },
    },
    properties: {
      tissues: {
        default: 'auto',
        anyOf: [
          { const: 'auto', type: 'string' },
          { type: 'array', items: { type: 'string', enum: ['bone', 'skin'] } },
        ],
        'x-title': { en: 'Tissues', 'zh-CN': '组织' },
      },
      ranges: { $ref: '#/$defs/Ranges', 'x-title': { en: 'HU ranges', 'zh-CN': 'CT 值范围' } },
      smoothing: { type: 'number', default: 0.5, minimum: 0, maximum: 1, title: 'Smoothing' },
      views: { type: 'array', items: { enum: ['front', 'back'] }, default: ['front'], title: 'Views' },
      quality: { enum: ['draft', 'fine'], default: 'fine', title: 'Quality' },
      decimate: { type: 'boolean', default: false, title: 'Decimate' },
      note: { anyOf: [{ type: 'string', maxLength: 20 }, { type: 'null' }], title: 'Note' },
    },
  },
}

export const task: Task = {
  task_id: 't1',
  order_no: 'T26112200000001',
  name: 'Trunk CT',
  task_type: 'ct_surface',
  algorithm_version: '1.0.0',
  status: 'IN_PROGRESS',
  progress: 40,
  progress_message: 'Finding the body',
  payment_status: 'PAID',
  priority: 4,
  assigned_engine_id: 'local',
  attempt: 1,
  error_message: null,
  failure_code: null,
  parameters: { tissues: ['bone', 'skin'], ranges: { bone: [200, 3000] }, smoothing: 0.5 },
  results: [],
  model_info_id: null,
  result_count: 0,
  study_uid: null,
  series_uid: null,
  upload_id: null,
  price: { amount: 10, unit: 'POINT_LOW' },
  can: { cancel: true, retry: false, pay: false, delete: false },
  created_at: '2026-11-22T02:00:00Z',
  started_at: '2026-11-22T02:00:05Z',
  completed_at: null,
  metrics: null,
  events: [
    {
      at: '2026-11-22T02:00:00Z',
      from: null,
      to: 'CREATED',
      actor: 'user:u1',
      reason_code: 'ORDERED',
      reason: 'ordered',
      epoch: 0,
      attempt: 0,
    },
    {
      at: '2026-11-22T02:00:05Z',
      from: 'ASSIGNED',
      to: 'IN_PROGRESS',
      actor: 'engine:local',
      reason_code: 'CLAIMED',
      reason: 'took the task',
      epoch: 1,
      attempt: 1,
    },
  ],
}
