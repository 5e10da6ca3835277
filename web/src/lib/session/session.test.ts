import { afterEach, beforeEach, expect, test, vi } from 'vitest'

/** The platform's side: each refresh token works once, and using an old one again ends the session. */
function rotatingPlatform() {
  let cookie = 1
  let alive = true
  let refreshes = 0
  const answer = (status: number, json: unknown) =>
    new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } })
  const fetchFake = async (input: string) => {
    const sent = cookie
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (input.endsWith('/logout')) {
      alive = false
      return new Response(null, { status: 204 })
    }
    refreshes += 1
    if (!alive || sent !== cookie) {
      alive = false
      return answer(401, { title: 'Not signed in' })
    }
    cookie += 1
    return answer(200, { access_token: `token-${cookie}`, expires_in: 900, user_id: 'u1' })
  }
  vi.stubGlobal('fetch', vi.fn(fetchFake))
  return { refreshes: () => refreshes, end: () => (alive = false) }
}

/** One lock manager for all tabs of the browser. */
function sharedLocks() {
  let last: Promise<unknown> = Promise.resolve()
  return {
    request: (_name: string, work: () => Promise<unknown>) => {
      last = last.then(work, work)
      return last
    },
  }
}

class Channel extends EventTarget {
  static all = new Set<Channel>()
  constructor() {
    super()
    Channel.all.add(this)
  }
  postMessage(data: unknown) {
    for (const other of Channel.all) if (other !== this) other.dispatchEvent(new MessageEvent('message', { data }))
  }
}

/** A tab: its own copy of the session module. */
async function openTab() {
  vi.resetModules()
  const session = await import('.')
  const stop = session.watchSession()
  return {
    ...session,
    stop,
    token: () => session.useSession.getState().token,
    status: () => session.useSession.getState().status,
  }
}

beforeEach(() => {
  document.cookie = 'hounsfield_signed_in=1; Path=/'
  vi.stubGlobal('BroadcastChannel', Channel)
  Object.defineProperty(navigator, 'locks', { value: sharedLocks(), configurable: true })
})

afterEach(() => {
  Channel.all.clear()
  vi.useRealTimers()
})

test('where nobody has signed in, the platform is not asked', async () => {
  document.cookie = 'hounsfield_signed_in=; Max-Age=0; Path=/'
  const platform = rotatingPlatform()
  const tab = await openTab()
  await tab.restoreSession()
  expect(tab.status()).toBe('anonymous')
  expect(platform.refreshes()).toBe(0)
  tab.stop()
})

test('a session that turns out to be over is not asked for again', async () => {
  const platform = rotatingPlatform()
  platform.end()
  const tab = await openTab()
  await tab.restoreSession()
  await tab.restoreSession()
  expect(tab.status()).toBe('anonymous')
  expect(platform.refreshes()).toBe(1)
  tab.stop()
})

test('many callers at once spend the refresh token once', async () => {
  const platform = rotatingPlatform()
  const tab = await openTab()
  await tab.restoreSession()
  const before = platform.refreshes()
  const token = tab.token()!
  const renewed = await Promise.all([1, 2, 3].map(() => tab.renewAfterRefusal(token)))
  expect(platform.refreshes() - before).toBe(1)
  expect(new Set(renewed).size).toBe(1)
  expect(renewed[0]).not.toBe(token)
  tab.stop()
})

test('where the browser has no locks, one tab still spends it once', async () => {
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
  delete (navigator as { locks?: unknown }).locks
  const platform = rotatingPlatform()
  const tab = await openTab()
  await tab.restoreSession()
  const before = platform.refreshes()
  await Promise.all([1, 2, 3].map(() => tab.renewAfterRefusal(tab.token()!)))
  expect(platform.refreshes() - before).toBe(1)
  expect(tab.status()).toBe('signed-in')
  tab.stop()
})

test('two tabs that renew together stay signed in', async () => {
  rotatingPlatform()
  const first = await openTab()
  const second = await openTab()
  await Promise.all([first.restoreSession(), second.restoreSession()])
  await Promise.all([first.renewAfterRefusal(first.token()!), second.renewAfterRefusal(second.token()!)])
  expect([first.status(), second.status()]).toEqual(['signed-in', 'signed-in'])
  first.stop()
  second.stop()
})

test('what one tab renews, the other uses', async () => {
  rotatingPlatform()
  const first = await openTab()
  const second = await openTab()
  await first.restoreSession()
  await second.restoreSession()
  await first.renewAfterRefusal(first.token()!)
  expect(second.token()).toBe(first.token())
  first.stop()
  second.stop()
})

test('signing out ends the session in every tab', async () => {
  rotatingPlatform()
  const first = await openTab()
  const second = await openTab()
  await first.restoreSession()
  await second.restoreSession()
  const dropped = vi.fn()
  second.onSignedOut(dropped)
  await first.signOut()
  expect([first.status(), second.status()]).toEqual(['anonymous', 'anonymous'])
  expect(dropped).toHaveBeenCalledOnce()
  first.stop()
  second.stop()
})

test('a refused renewal says that the session has ended', async () => {
  const platform = rotatingPlatform()
  const tab = await openTab()
  await tab.restoreSession()
  platform.end()
  expect(await tab.renewAfterRefusal(tab.token()!)).toBeNull()
  expect(tab.useSession.getState()).toMatchObject({ status: 'anonymous', ended: true })
  tab.stop()
})

test('a platform out of reach is not a sign-out', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
  const tab = await openTab()
  await tab.restoreSession()
  expect(tab.status()).toBe('unreachable')
  tab.stop()
})

test('the token is renewed before it expires', async () => {
  const platform = rotatingPlatform()
  vi.useFakeTimers()
  const tab = await openTab()
  const restoring = tab.restoreSession()
  await vi.advanceTimersByTimeAsync(5)
  await restoring
  const first = tab.token()
  const before = platform.refreshes()
  await vi.advanceTimersByTimeAsync(850_000)
  expect(platform.refreshes()).toBeGreaterThan(before)
  expect(tab.token()).not.toBe(first)
  tab.stop()
})
