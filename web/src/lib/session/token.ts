import { create } from 'zustand'

/** The access token lives here, in this tab's memory, and nowhere else. */
export interface SessionState {
  status: 'restoring' | 'anonymous' | 'signed-in' | 'unreachable'
  token: string | null
  expiresAt: number
  userId: string | null
  /** Set when a session ended by itself, so that the sign-in page can say so. */
  ended: boolean
}

export const useSession = create<SessionState>(() => ({
  status: 'restoring',
  token: null,
  expiresAt: 0,
  userId: null,
  ended: false,
}))

export interface TokenAnswer {
  access_token: string
  expires_in: number
  user_id: string
}

export function adopt(answer: TokenAnswer, receivedAt = Date.now()): void {
  useSession.setState({
    status: 'signed-in',
    token: answer.access_token,
    expiresAt: receivedAt + answer.expires_in * 1000,
    userId: answer.user_id,
    ended: false,
  })
}

export function forget(ended = false): void {
  useSession.setState({ status: 'anonymous', token: null, expiresAt: 0, userId: null, ended })
}

export function secondsLeft(now = Date.now()): number {
  return (useSession.getState().expiresAt - now) / 1000
}
