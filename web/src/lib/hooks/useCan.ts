import { useQuery } from '@tanstack/react-query'
import { profileQuery } from '@/lib/api/account'
import type { Profile } from '@/lib/api/types'

/** Whether to offer something. Until it is known who is here it is offered, so that nothing jumps. */
export function useCan(allowed: (profile: Profile) => boolean): boolean {
  const profile = useQuery(profileQuery).data
  return !profile || allowed(profile)
}
