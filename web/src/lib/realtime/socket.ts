import type { QueryClient } from '@tanstack/react-query'
import { io, type Socket } from 'socket.io-client'
import { ARCHIVE_ROOM } from '@/lib/api/archive'
import { api } from '@/lib/api/client'
import { FLEET_ROOM } from '@/lib/api/fleet'
import { CacheUpdater } from './cache'
import { setConnection } from './connection'
import type { ClientEvents, ServerEvents } from './events'
import { onRoom, wantedRooms } from './rooms'

const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 15_000

/** Keeps one live connection while somebody is signed in. Returns the way to end it. */
export function connectRealtime(queryClient: QueryClient): () => void {
  const cache = new CacheUpdater(queryClient)
  let lastSeq: number | null = null
  let resuming = false
  let heardMeanwhile = 0
  let refusals = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let ended = false

  const socket: Socket<ServerEvents, ClientEvents> = io({
    path: '/socket.io',
    transports: ['websocket'],
    reconnectionDelay: FIRST_RETRY_MS,
    reconnectionDelayMax: LAST_RETRY_MS,
    // A ticket is used once, so each connection fetches its own. Without one the platform refuses, and we retry.
    auth: (send) => {
      api.post<{ ticket: string }>('/realtime/ticket').then(send, () => send({}))
    },
  })

  // Until a replay is complete, a newer live event must not move the place from which to resume.
  const heard = (seq: number | undefined) => {
    if (seq === undefined) return
    if (resuming) heardMeanwhile = Math.max(heardMeanwhile, seq)
    else lastSeq = Math.max(lastSeq ?? 0, seq)
  }
  /** socket.io reconnects after network faults but not after a refusal by the server. */
  const reconnectAfterRefusal = () => {
    if (socket.active || ended) return
    clearTimeout(retry)
    retry = setTimeout(() => socket.connect(), Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** refusals))
    refusals += 1
  }

  // Rooms have no memory: what was said before one was joined is fetched.
  const join = (rooms: string[]) =>
    socket.emit('subscribe', rooms, () => {
      if (rooms.includes(FLEET_ROOM)) cache.enginesChanged()
      if (rooms.includes(ARCHIVE_ROOM)) cache.studiesChanged()
    })

  socket.on('connect', () => {
    refusals = 0
    setConnection('online')
    if (wantedRooms().length) join(wantedRooms())
    resuming = true
    if (lastSeq === null) {
      // What was fetched before the first connection may have changed in between.
      cache.everything()
      socket.emit('resume', {})
    } else socket.emit('resume', { last_seq: lastSeq })
  })
  socket.on('disconnect', () => {
    if (ended) return
    setConnection('offline')
    reconnectAfterRefusal()
  })
  socket.on('connect_error', () => {
    if (ended) return
    setConnection('offline')
    reconnectAfterRefusal()
  })
  socket.on('resumed', ({ recovered, to }) => {
    resuming = false
    heard(Math.max(to ?? 0, heardMeanwhile))
    if (!recovered) cache.everything()
  })
  socket.on('task_status', (event) => {
    heard(event.seq)
    cache.taskStatus(event)
  })
  socket.on('task_progress', (event) => {
    heard(event.seq)
    cache.taskProgress(event)
  })
  socket.on('ingest_progress', (event) => {
    heard(event.seq)
    cache.ingestProgress(event)
  })
  socket.on('export_progress', (event) => cache.exportProgress(event))
  socket.on('record_created', (event) => {
    if (event.record === 'study') cache.studiesChanged()
  })
  socket.on('balance_changed', (event) => {
    heard(event.seq)
    cache.balanceChanged()
  })
  socket.on('engines_changed', () => cache.enginesChanged())
  socket.on('engines_heard', ({ ages }) => cache.enginesHeard(ages))
  const forgetRooms = onRoom((room, joined) => {
    if (!socket.connected) return
    if (joined) join([room])
    else socket.emit('unsubscribe', [room])
  })

  const online = () => {
    if (!socket.connected) socket.connect()
  }
  addEventListener('online', online)

  return () => {
    ended = true
    removeEventListener('online', online)
    forgetRooms()
    clearTimeout(retry)
    cache.stop()
    socket.disconnect()
    setConnection('connecting')
  }
}
