import { isComing, type Transfer } from '@/lib/api/nodes'
import type { FoundStudy } from './question'

/** How a study of a node stands with us. */
export type Standing =
  | { is: 'away'; failed?: Transfer }
  | { is: 'fetching'; transfer: Transfer }
  | { is: 'here'; uid: string }
  | { is: 'partly'; uid: string; count: number; failed?: Transfer }

/** The newest fetch of each study, from a list that begins with the newest. */
export function newestFetches(transfers: Transfer[]): Map<string, Transfer> {
  const newest = new Map<string, Transfer>()
  for (const each of transfers) {
    if (each.direction === 'RETRIEVE' && each.study_uid && !newest.has(each.study_uid)) newest.set(each.study_uid, each)
  }
  return newest
}

/** `here` is how many of its images were in the archive when the node answered; what came since is known by its transfer. */
export function standingOf(study: FoundStudy, here: number | undefined, fetch: Transfer | undefined): Standing {
  if (fetch && isComing(fetch)) return { is: 'fetching', transfer: fetch }
  const came = fetch?.status === 'DONE' && fetch.study ? fetch.completed : 0
  const count = Math.max(here ?? 0, came)
  const failed = fetch?.status === 'FAILED' ? fetch : undefined
  if (count === 0) return { is: 'away', failed }
  if (study.images === undefined || count >= study.images) return { is: 'here', uid: study.uid }
  return { is: 'partly', uid: study.uid, count, failed }
}

export const canBeFetched = (study: FoundStudy, standing: Standing): boolean =>
  study.uid !== '' && (standing.is === 'away' || standing.is === 'partly')
