export { api, apiUrl, send, API_BASE } from './client'
export { ApiError, NetworkError, fieldErrors } from './problem'
export type * from './types'
