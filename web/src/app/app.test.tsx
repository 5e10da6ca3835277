import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../tests/axe'
import { fakePlatform, page, problem } from '../../tests/fakePlatform'
import { renderApp } from '../../tests/renderApp'
import { balance, profile } from '../../tests/samples'
import { useSession } from '@/lib/session'

vi.mock('@/lib/realtime', async (original) => ({
  ...(await original<object>()),
  connectRealtime: () => () => undefined,
}))

const info = { name: 'Hounsfield', version: '1', max_upload_bytes: 1, languages: ['en'], registration_open: true }
const everything = (who = profile) => ({
  'GET /users/profile': () => ({ json: who }),
  'GET /points/balance': () => ({ json: balance }),
  'GET /tasks': () => ({ json: page([]) }),
  'GET /system/info': () => ({ json: info }),
  'GET /algorithms': () => ({ json: { items: [] } }),
})

test('a stranger is sent to sign in, and back to where they wanted to go', async () => {
  fakePlatform({
    ...everything(),
    'POST /users/login': () => ({ json: { access_token: 'a', expires_in: 900, user_id: 'u1' } }),
  })
  const { router } = renderApp('/points')
  useSession.setState({ status: 'anonymous', token: null })
  await router.invalidate()
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeInTheDocument()
  expect(router.state.location.search).toEqual({ redirect: '/points' })
  expect(await seriousFindings()).toEqual([])

  const user = userEvent.setup()
  await user.type(screen.getByLabelText('User name'), 'ada')
  await user.type(screen.getByLabelText('Password'), 'correct horse')
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
  await waitFor(() => expect(useSession.getState().status).toBe('signed-in'))
  await router.invalidate()
  expect(router.state.location.pathname).toBe('/points')
})

test.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
  'signing in does not lead to %s',
  async (target) => {
    fakePlatform(everything())
    const { router } = renderApp(`/sign-in?redirect=${encodeURIComponent(target)}`)
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks'))
  },
)

test('a wrong password is answered in the words of the platform', async () => {
  fakePlatform({
    ...everything(),
    'POST /users/login': () => problem(401, 'WRONG_CREDENTIALS', 'The user name or the password is wrong.'),
  })
  const { router } = renderApp('/tasks')
  useSession.setState({ status: 'anonymous', token: null })
  await router.invalidate()
  const user = userEvent.setup()
  await user.type(await screen.findByLabelText('User name'), 'ada')
  await user.type(screen.getByLabelText('Password'), 'wrong')
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('The user name or the password is wrong.')
})

test('administration is offered to administrators only', async () => {
  fakePlatform(everything())
  renderApp('/tasks')
  expect(await screen.findByText('No tasks yet')).toBeInTheDocument()
  expect(screen.queryByRole('link', { name: 'Users' })).toBeNull()
})

test('an administrator is offered what the permissions allow', async () => {
  fakePlatform(
    everything({ ...profile, tier: 'ADMIN', permissions: [...profile.permissions, 'user:read', 'engine:read'] }),
  )
  renderApp('/tasks')
  expect(await screen.findByRole('link', { name: 'Users' })).toBeInTheDocument()
  expect(screen.getByRole('link', { name: 'Engines' })).toBeInTheDocument()
  expect(screen.queryByRole('link', { name: 'Configuration' })).toBeNull()
})

test('an unknown address says so inside the page', async () => {
  fakePlatform(everything())
  renderApp('/nowhere')
  expect(await screen.findByRole('heading', { name: 'Nothing here' })).toBeInTheDocument()
  expect(screen.getByRole('navigation', { name: 'Main' })).toBeInTheDocument()
})
