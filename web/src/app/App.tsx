import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Toaster, TooltipProvider } from '@/components/ui'
import { onSignedOut, useSession } from '@/lib/session'
import { createQueryClient } from '@/lib/queryClient'
import { createAppRouter } from './router'
import { Splash } from './Splash'

const queryClient = createQueryClient()
const router = createAppRouter(queryClient)

onSignedOut(() => queryClient.clear())

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

export function App() {
  const status = useSession((session) => session.status)
  const settled = status === 'signed-in' || status === 'anonymous'

  useEffect(() => {
    // The guards of the routes look at the session; a change of it makes them look again.
    if (settled) void router.invalidate()
  }, [status, settled])

  return (
    <QueryClientProvider client={queryClient}>
      <TooltipProvider>
        {settled ? <RouterProvider router={router} /> : <Splash unreachable={status === 'unreachable'} />}
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>
  )
}
