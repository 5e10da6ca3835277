// The real socket.io-client, driven by lines of JSON: prints every event it gets, emits what it is told.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [, , packageJson, url, auth] = process.argv
const { io } = createRequire(packageJson)('socket.io-client')
const say = (name, data) => process.stdout.write(JSON.stringify({ name, data }) + '\n')

const socket = io(url, { transports: ['websocket'], auth: JSON.parse(auth), reconnectionDelay: 100 })
socket.on('connect', () => say('connect', null))
socket.on('connect_error', (error) => say('connect_error', error.data ?? { message: error.message }))
socket.on('disconnect', (reason) => say('disconnect', { reason }))
socket.onAny((name, data) => say(name, data))
createInterface({ input: process.stdin }).on('line', (line) => {
  const { event, data } = JSON.parse(line)
  if (event === 'quit') process.exit(0)
  socket.emit(event, data, (answer) => say('ack', answer))
})
