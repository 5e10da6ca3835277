import { create } from 'zustand'

export type ConnectionStatus = 'connecting' | 'online' | 'offline'

export const useConnection = create<{ status: ConnectionStatus }>(() => ({ status: 'connecting' }))

export const setConnection = (status: ConnectionStatus) => useConnection.setState({ status })
