import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import { createAppRouter } from '@/app/router'
import { TooltipProvider } from '@/components/ui'
import { useSession } from '@/lib/session'

/** The whole page at an address, as somebody who is signed in. */
export function renderApp(path: string) {
  useSession.setState({
    status: 'signed-in',
    token: 'token',
    expiresAt: Date.now() + 900_000,
    userId: 'u1',
    ended: false,
  })
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const history = createMemoryHistory({ initialEntries: [path] })
  const router = createAppRouter(queryClient, history)
  render(
    <QueryClientProvider client={queryClient}>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>,
  )
  return { router, queryClient }
}
