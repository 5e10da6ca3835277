import { currentLanguage } from '@/lib/i18n'
import { NetworkError, problemFrom } from '@/lib/api/problem'
import { dropMark, isMarked } from './mark'
import { exclusively, listen, tell } from './tabs'
import { adopt, forget, secondsLeft, useSession, type TokenAnswer } from './token'

export { useSession } from './token'

const MARGIN_S = 60
const BASE = '/api/v1/users'

export interface Credentials {
  username: string
  password: string
  totp?: string
}

async function post(path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(BASE + path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Accept-Language': currentLanguage(), 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (error) {
    throw new NetworkError(error)
  }
}

let inFlight: Promise<string | null> | null = null

/** Spends the refresh cookie, once however many callers and tabs ask for it. */
function renew(isStillNeeded: () => boolean): Promise<string | null> {
  inFlight ??= exclusively(async () => {
    if (!isStillNeeded()) return useSession.getState().token
    const response = await post('/refresh')
    if (response.ok) {
      const answer = (await response.json()) as TokenAnswer
      const receivedAt = Date.now()
      adopt(answer, receivedAt)
      tell({ kind: 'renewed', answer, receivedAt })
      return answer.access_token
    }
    if (response.status !== 401 && response.status !== 403) throw await problemFrom(response)
    void response.body?.cancel()
    dropMark()
    forget(useSession.getState().status === 'signed-in')
    return null
  }).finally(() => {
    inFlight = null
  })
  return inFlight
}

/** The token to send now, renewed shortly before it expires; null when nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  const { status, token } = useSession.getState()
  if (status !== 'signed-in') return null
  if (secondsLeft() > MARGIN_S) return token
  try {
    return await renew(() => secondsLeft() <= MARGIN_S)
  } catch (error) {
    // Still valid for a moment: let the request itself say whether the platform can be reached.
    if (secondsLeft() > 0) return token
    throw error
  }
}

/** After a 401: a token other than the refused one, or null when the session is over. */
export function renewAfterRefusal(refused: string): Promise<string | null> {
  const current = useSession.getState().token
  if (current && current !== refused) return Promise.resolve(current)
  return renew(() => useSession.getState().token === refused)
}

/** Finds out whether somebody is signed in; where nobody has been, the platform is not asked. */
export async function restoreSession(): Promise<void> {
  if (!isMarked()) return forget()
  useSession.setState({ status: 'restoring' })
  try {
    await renew(() => useSession.getState().status === 'restoring')
  } catch {
    useSession.setState({ status: 'unreachable' })
  }
}

export async function signIn(credentials: Credentials): Promise<void> {
  const response = await post('/login', credentials)
  if (!response.ok) throw await problemFrom(response)
  const answer = (await response.json()) as TokenAnswer
  adopt(answer)
  tell({ kind: 'signed-in', userId: answer.user_id })
}

const leaving = new Set<() => void>()

/** Registers work to be done when a session ends here, such as dropping cached data. */
export function onSignedOut(callback: () => void): () => void {
  leaving.add(callback)
  return () => leaving.delete(callback)
}

export async function signOut(): Promise<void> {
  try {
    const token = useSession.getState().token
    await fetch(BASE + '/logout', {
      method: 'POST',
      credentials: 'same-origin',
      headers: token ? { Authorization: `Bearer ${token}` } : {},
    })
  } finally {
    tell({ kind: 'signed-out' })
    forget()
  }
}

/** Follows other tabs and the clock. Returns the way to stop. */
export function watchSession(): () => void {
  const stopListening = listen((message) => {
    const { status, userId } = useSession.getState()
    if (message.kind === 'renewed') {
      if (status === 'signed-in' && userId === message.answer.user_id) adopt(message.answer, message.receivedAt)
    } else if (message.kind === 'signed-out') {
      forget()
    } else if (userId !== message.userId) {
      // Another tab signed in as somebody else: the cookie is theirs now.
      forget()
      void restoreSession()
    }
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const plan = () => {
    clearTimeout(timer)
    if (useSession.getState().status !== 'signed-in') return
    const wait = Math.max(1, secondsLeft() - MARGIN_S)
    // A failure here needs no retry: the next request renews the token itself.
    timer = setTimeout(() => void accessToken().catch(() => undefined), wait * 1000)
  }
  const stopStore = useSession.subscribe((state, before) => {
    if (before.status === 'signed-in' && state.status !== 'signed-in') for (const callback of leaving) callback()
    if (state.expiresAt !== before.expiresAt || state.status !== before.status) plan()
  })
  plan()
  return () => {
    stopListening()
    stopStore()
    clearTimeout(timer)
  }
}
