import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/lib/api/problem'

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live events say what changed; a short age only spares refetching when moving between pages.
        staleTime: 15_000,
        refetchOnWindowFocus: false,
        // An answer is an answer; only silence and overload are worth asking again.
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status < 500 && error.status !== 429),
      },
      mutations: { retry: false },
    },
  })
}
