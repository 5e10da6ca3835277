import { vi } from 'vitest'

export interface FakeRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Headers
  body: unknown
}

type Answer = { status?: number; json?: unknown }
type Handler = (request: FakeRequest) => Answer | Promise<Answer>

/** Answers `fetch` the way the platform would; whatever is not listed is a 404 problem. */
export function fakePlatform(handlers: Record<string, Handler>): FakeRequest[] {
  const seen: FakeRequest[] = []
  const fetchFake = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : String(input), 'http://platform.test')
    const request: FakeRequest = {
      method: init.method ?? 'GET',
      path: url.pathname.replace('/api/v1', ''),
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : init.body,
    }
    seen.push(request)
    const handler = handlers[`${request.method} ${request.path}`]
    const { status = 200, json } = handler ? await handler(request) : problem(404, 'NOT_FOUND', 'Not found')
    const type = status >= 400 ? 'application/problem+json' : 'application/json'
    const body = json === undefined ? null : JSON.stringify(json)
    return new Response(body, {
      status: body === null && status === 200 ? 204 : status,
      headers: { 'content-type': type },
    })
  }
  vi.stubGlobal('fetch', vi.fn(fetchFake))
  return seen
}

export const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  json: { type: 'about:blank', title: 'Refused', status, detail, code },
})

export const page = <T>(items: T[]) => ({ items, total: items.length, page: 1, size: 20 })
