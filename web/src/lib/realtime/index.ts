export { useConnection, type ConnectionStatus } from './connection'
export { connectRealtime } from './socket'
