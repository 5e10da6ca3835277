import { QueryClient } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakePlatform } from '../../../tests/fakePlatform'
import { useConnection } from './connection'
import { useRoom } from './rooms'
import { connectRealtime } from './socket'

class FakeSocket {
  connected = false
  /** Whether socket.io itself will try again. */
  active = true
  sent: [string, unknown][] = []
  acknowledge: () => void = () => undefined
  connect = vi.fn()
  disconnect = vi.fn()
  private readonly handlers = new Map<string, (data: never) => void>()

  on(name: string, handler: (data: never) => void) {
    this.handlers.set(name, handler)
  }
  emit(name: string, data: unknown, acknowledge?: () => void) {
    this.sent.push([name, data])
    if (acknowledge) this.acknowledge = acknowledge
  }
  hear(name: string, data: unknown = {}) {
    this.handlers.get(name)?.(data as never)
  }
}

const { io } = vi.hoisted(() => ({ io: vi.fn() }))
vi.mock('socket.io-client', () => ({ io }))

let socket: FakeSocket
let client: QueryClient
let stop: () => void
const invalidated = () => client.getQueryState(['tasks', 'list'])?.isInvalidated
const event = (seq: number) => ({ task_id: 't1', status: 'QUEUED', timestamp: '', seq })

beforeEach(() => {
  vi.useFakeTimers()
  socket = new FakeSocket()
  io.mockReset()
  io.mockReturnValue(socket)
  client = new QueryClient()
  stop = connectRealtime(client)
  socket.hear('connect')
  socket.hear('resumed', { recovered: true, to: 7 })
  client.setQueryData(['tasks', 'list'], { items: [] })
})

afterEach(() => {
  stop()
  vi.useRealTimers()
})

test('each connection brings a ticket of its own', async () => {
  const seen = fakePlatform({ 'POST /realtime/ticket': () => ({ json: { ticket: 'T' } }) })
  const { auth } = io.mock.calls[0]![0] as { auth: (send: (data: object) => void) => void }
  expect(await new Promise((resolve) => auth(resolve))).toEqual({ ticket: 'T' })
  await new Promise((resolve) => auth(resolve))
  expect(seen).toHaveLength(2)
})

test('a reconnection asks for what was missed since the last event', () => {
  socket.hear('task_status', event(8))
  socket.hear('disconnect')
  expect(useConnection.getState().status).toBe('offline')
  socket.hear('connect')
  expect(socket.sent.at(-1)).toEqual(['resume', { last_seq: 8 }])
  expect(useConnection.getState().status).toBe('online')
  socket.hear('resumed', { recovered: true, to: 9 })
  expect(invalidated()).toBe(false)
})

test('what cannot be replayed is fetched again', () => {
  socket.hear('connect')
  socket.hear('resumed', { recovered: false, to: 400 })
  expect(invalidated()).toBe(true)
  socket.hear('connect')
  expect(socket.sent.at(-1)).toEqual(['resume', { last_seq: 400 }])
})

test('a live event during a replay does not hide the gap before it', () => {
  socket.hear('connect')
  socket.hear('task_status', event(12))
  socket.hear('disconnect')
  socket.hear('connect')
  expect(socket.sent.at(-1)).toEqual(['resume', { last_seq: 7 }])
})

test('a refused connection is tried again, later each time', () => {
  socket.active = false
  socket.hear('connect_error')
  vi.advanceTimersByTime(1000)
  expect(socket.connect).toHaveBeenCalledTimes(1)
  socket.hear('connect_error')
  vi.advanceTimersByTime(1000)
  expect(socket.connect).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1000)
  expect(socket.connect).toHaveBeenCalledTimes(2)
})

test('once ended it stays ended', () => {
  stop()
  socket.active = false
  socket.hear('disconnect')
  vi.runAllTimers()
  expect(socket.connect).not.toHaveBeenCalled()
})

test('a room is joined while something on the screen wants it, and again after a reconnection', () => {
  socket.connected = true
  const one = renderHook(() => useRoom('admin:engines'))
  const other = renderHook(() => useRoom('admin:engines'))
  expect(socket.sent.filter(([name]) => name === 'subscribe')).toEqual([['subscribe', ['admin:engines']]])
  socket.hear('connect')
  expect(socket.sent.filter(([name]) => name === 'subscribe')).toHaveLength(2)
  one.unmount()
  expect(socket.sent.some(([name]) => name === 'unsubscribe')).toBe(false)
  other.unmount()
  expect(socket.sent.at(-1)).toEqual(['unsubscribe', ['admin:engines']])
  socket.hear('connect')
  expect(socket.sent.filter(([name]) => name === 'subscribe')).toHaveLength(2)
})

test('what changed before the room was joined is fetched', () => {
  socket.connected = true
  client.setQueryData(['engines'], [])
  const { unmount } = renderHook(() => useRoom('admin:engines'))
  expect(client.getQueryState(['engines'])?.isInvalidated).toBe(false)
  socket.acknowledge()
  vi.advanceTimersByTime(300)
  expect(client.getQueryState(['engines'])?.isInvalidated).toBe(true)
  unmount()
})

test('a change of the fleet fetches engines and queues, and a heartbeat fetches nothing', () => {
  client.setQueryData(['queues', 'depths'], {})
  client.setQueryData(
    ['engines'],
    [
      { engine_id: 'a', heartbeat_age_s: 9 },
      { engine_id: 'b', heartbeat_age_s: 9 },
    ],
  )
  socket.hear('engines_heard', { ages: { a: 0.5 } })
  vi.advanceTimersByTime(300)
  expect(client.getQueryData(['engines'])).toMatchObject([{ heartbeat_age_s: 0.5 }, { heartbeat_age_s: 9 }])
  expect(client.getQueryState(['engines'])?.isInvalidated).toBe(false)
  socket.hear('engines_changed')
  vi.advanceTimersByTime(300)
  for (const key of [['engines'], ['queues', 'depths']]) expect(client.getQueryState(key)?.isInvalidated).toBe(true)
})
