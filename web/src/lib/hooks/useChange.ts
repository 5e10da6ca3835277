import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query'
import { toast } from '@/lib/toast'

/** A change after which lists are read again, a word is said, and the dialog closes. */
export function useChange<T>(
  change: (input: T) => Promise<unknown>,
  { stale, said, then }: { stale: QueryKey; said: string; then: () => void },
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      then()
      toast('success', said)
      return queryClient.invalidateQueries({ queryKey: stale })
    },
  })
}
