import { expect, test } from 'vitest'
import type { Transfer } from '@/lib/api/nodes'
import { studyOf } from './question'
import { canBeFetched, newestFetches, standingOf } from './standing'

const fetch = (change: Partial<Transfer>): Transfer => ({
  id: 't1',
  node_id: 'n1',
  direction: 'RETRIEVE',
  status: 'DONE',
  study_uid: '1.2',
  study: { study_uid: '1.2', patient_name: '', study_date: null, description: '', modalities: [] },
  total: 10,
  completed: 10,
  warnings: 0,
  failed: 0,
  error: '',
  created_at: '2026-11-22T02:00:00Z',
  finished_at: null,
  ...change,
})

const now = () => new Date().toISOString()
const study = studyOf({ StudyInstanceUID: '1.2', NumberOfStudyRelatedInstances: '10' }, 0)
const uncounted = studyOf({ StudyInstanceUID: '1.2' }, 0)

test.each([
  ['nothing is here', study, undefined, undefined, 'away'],
  ['all is here', study, 10, undefined, 'here'],
  ['some is here', study, 3, undefined, 'partly'],
  ['the node does not count', uncounted, 3, undefined, 'here'],
  ['it is coming', study, undefined, fetch({ status: 'RUNNING', study: null }), 'fetching'],
  ['the rest is waited for', study, 3, fetch({ status: 'QUEUED' }), 'fetching'],
  ['it came since', study, undefined, fetch({}), 'here'],
  ['some came since', study, undefined, fetch({ completed: 4 }), 'partly'],
  ['it came and is not read in yet', study, undefined, fetch({ study: null, finished_at: now() }), 'fetching'],
  ['nothing of it came', study, undefined, fetch({ study: null, completed: 0, finished_at: now() }), 'away'],
  ['it came and was deleted', study, undefined, fetch({ study: null, finished_at: '2026-01-01T00:00:00Z' }), 'away'],
  ['it failed', study, undefined, fetch({ status: 'FAILED' }), 'away'],
] as const)('%s', (_, of, here, transfer, is) => {
  expect(standingOf(of, here, transfer).is).toBe(is)
})

test('what failed says so, unless all is here', () => {
  const failed = fetch({ status: 'FAILED' })
  expect(standingOf(study, undefined, failed)).toEqual({ is: 'away', failed })
  expect(standingOf(study, 3, failed)).toEqual({ is: 'partly', uid: '1.2', count: 3, failed })
  expect(standingOf(study, 10, failed)).toEqual({ is: 'here', uid: '1.2' })
})

test('what is not here in whole can be fetched, if the node says its UID', () => {
  const can = (of: typeof study, here?: number) => canBeFetched(of, standingOf(of, here, undefined))
  expect([can(study), can(study, 3), can(study, 10), can(studyOf({}, 0))]).toEqual([true, true, false, false])
})

test('the newest fetch of a study counts, and nothing that was sent', () => {
  const list = [
    fetch({ id: 'sent', direction: 'SEND' }),
    fetch({ id: 'new' }),
    fetch({ id: 'old' }),
    fetch({ study_uid: null }),
  ]
  expect([...newestFetches(list)].map(([uid, { id }]) => [uid, id])).toEqual([['1.2', 'new']])
})
