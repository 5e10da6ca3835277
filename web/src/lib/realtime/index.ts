export { useConnection, type ConnectionStatus } from './connection'
export { useRoom } from './rooms'
export { connectRealtime } from './socket'
