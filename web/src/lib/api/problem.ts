/** RFC 9457 problem details, as every endpoint answers an error. */
export interface Problem {
  type?: string
  title: string
  status: number
  detail?: string
  code?: string
  errors?: FieldError[]
}

export interface FieldError {
  field?: string
  loc?: (string | number)[]
  message?: string
  msg?: string
}

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiError'
    this.problem = problem
  }

  get status(): number {
    return this.problem.status
  }

  get code(): string | undefined {
    return this.problem.code
  }
}

/** The request never reached the platform, or its answer never came back. */
export class NetworkError extends Error {
  constructor(cause?: unknown) {
    super('network unreachable', { cause })
    this.name = 'NetworkError'
  }
}

export async function problemFrom(response: Response): Promise<ApiError> {
  const fallback: Problem = { title: response.statusText || `HTTP ${response.status}`, status: response.status }
  const type = response.headers.get('content-type') ?? ''
  if (!type.includes('json')) return new ApiError(fallback)
  try {
    const body = (await response.json()) as Partial<Problem>
    return new ApiError({ ...fallback, ...body, status: response.status })
  } catch {
    return new ApiError(fallback)
  }
}

export function fieldErrors(error: unknown): { field: string; message: string }[] {
  if (!(error instanceof ApiError)) return []
  return (error.problem.errors ?? []).map((e) => ({
    field: e.field ?? (e.loc ?? []).filter((part) => part !== 'body').join('.'),
    message: e.message ?? e.msg ?? '',
  }))
}
