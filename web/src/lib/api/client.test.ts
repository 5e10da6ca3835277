import { beforeEach, expect, test, vi } from 'vitest'
import { fakePlatform, problem } from '../../../tests/fakePlatform'
import { useSession } from '@/lib/session'
import { api, apiUrl } from './client'
import { ApiError, NetworkError, fieldErrors } from './problem'

const signedIn = {
  status: 'signed-in',
  token: 'old',
  expiresAt: Date.now() + 900_000,
  userId: 'u1',
  ended: false,
} as const

beforeEach(() => useSession.setState(signedIn))

test('requests carry the credential and the language', async () => {
  const seen = fakePlatform({ 'GET /tasks': () => ({ json: { ok: true } }) })
  await api.get('/tasks', { query: { q: '', status: undefined, page: 2 } })
  expect(seen[0]?.headers.get('authorization')).toBe('Bearer old')
  expect(seen[0]?.headers.get('accept-language')).toBe('en')
  expect([...seen[0]!.query.entries()]).toEqual([['page', '2']])
})

test('a refused token is renewed and the request repeated, once', async () => {
  const seen = fakePlatform({
    'GET /tasks': ({ headers }) =>
      headers.get('authorization') === 'Bearer new' ? { json: { ok: true } } : problem(401, 'UNAUTHORIZED', ''),
    'POST /users/refresh': () => ({ json: { access_token: 'new', expires_in: 900, user_id: 'u1' } }),
  })
  await expect(api.get('/tasks')).resolves.toEqual({ ok: true })
  expect(seen.map(({ path }) => path)).toEqual(['/tasks', '/users/refresh', '/tasks'])
})

test('a request refused twice is an error, not a loop', async () => {
  const seen = fakePlatform({
    'GET /tasks': () => problem(401, 'UNAUTHORIZED', 'Sign in'),
    'POST /users/refresh': () => ({ json: { access_token: 'new', expires_in: 900, user_id: 'u1' } }),
  })
  await expect(api.get('/tasks')).rejects.toBeInstanceOf(ApiError)
  expect(seen).toHaveLength(3)
})

test('a problem keeps its code, words and fields', async () => {
  fakePlatform({
    'POST /tasks': () => ({
      status: 422,
      json: {
        title: 'Invalid',
        status: 422,
        detail: 'Look again',
        code: 'VALIDATION_FAILED',
        errors: [{ field: 'name', message: 'too long' }],
      },
    }),
  })
  const error: unknown = await api.post('/tasks', { body: {} }).catch((e: unknown) => e)
  expect(error).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', message: 'Look again' })
  expect(fieldErrors(error)).toEqual([{ field: 'name', message: 'too long' }])
})

test('an answer without a body is no error', async () => {
  fakePlatform({ 'DELETE /tasks/1': () => ({}) })
  await expect(api.delete('/tasks/1')).resolves.toBeUndefined()
})

test('silence is told apart from a refusal', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
  await expect(api.get('/tasks')).rejects.toBeInstanceOf(NetworkError)
})

test('addresses that the platform gave are used as they are', () => {
  expect(apiUrl('/api/v1/tasks/1/results/a.stl')).toBe('/api/v1/tasks/1/results/a.stl')
  expect(apiUrl('/tasks')).toBe('/api/v1/tasks')
})
