import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page } from '../../../tests/fakePlatform'
import { task } from '../../../tests/samples'
import { uploadKey } from '@/lib/api/orders'
import { taskKey, tasksQuery } from '@/lib/api/tasks'
import type { Page, Task, TaskSummary, Upload } from '@/lib/api'
import { CacheUpdater } from './cache'
import type { TaskStatusEvent } from './events'

const listKey = tasksQuery({ page: 1 }).queryKey
let client: QueryClient
let updater: CacheUpdater

const detail = () => client.getQueryData<Task>(taskKey('t1'))
const row = () => client.getQueryData<Page<TaskSummary>>(listKey)?.items[0]
const status = (change: Partial<TaskStatusEvent>): TaskStatusEvent => ({
  task_id: 't1',
  order_no: task.order_no,
  task_name: task.name,
  status: 'COMPLETED',
  timestamp: '2026-11-22T03:00:00Z',
  ...change,
})

beforeEach(() => {
  vi.useFakeTimers()
  client = new QueryClient()
  client.setQueryData(taskKey('t1'), task)
  client.setQueryData(listKey, page([task]))
  updater = new CacheUpdater(client)
})

afterEach(() => {
  updater.stop()
  vi.useRealTimers()
})

test('a status shows at once, in the list and in the detail', () => {
  updater.taskStatus(status({ seq: 5, model_info_id: 'm1', result_count: 3 }))
  for (const shown of [detail(), row()])
    expect(shown).toMatchObject({ status: 'COMPLETED', progress: 100, model_info_id: 'm1', result_count: 3 })
})

test('what has ended is not offered to be cancelled', () => {
  expect(detail()?.can.cancel).toBe(true)
  updater.taskStatus(status({ seq: 5 }))
  for (const shown of [detail(), row()]) expect(shown?.can.cancel).toBe(false)
})

test('a replayed older status does not paint over a newer one', () => {
  updater.taskStatus(status({ seq: 5 }))
  updater.taskStatus(status({ seq: 4, status: 'IN_PROGRESS' }))
  expect(detail()?.status).toBe('COMPLETED')
})

test('progress only goes forward, and only while the task moves', () => {
  const progress = (value: number) =>
    updater.taskProgress({ task_id: 't1', order_no: '', progress: value, message: 'Smoothing', timestamp: '' })
  progress(60)
  progress(50)
  expect(detail()).toMatchObject({ progress: 60, progress_message: 'Smoothing' })
  updater.taskStatus(status({ seq: 6, status: 'FAILED' }))
  progress(90)
  expect(detail()?.progress).toBe(60)
})

test('a burst of events fetches the truth once', () => {
  const invalidate = vi.spyOn(client, 'invalidateQueries')
  const timers = vi.getTimerCount()
  for (let seq = 1; seq <= 20; seq += 1) updater.taskStatus(status({ seq, status: 'IN_PROGRESS' }))
  expect(invalidate).not.toHaveBeenCalled()
  expect(vi.getTimerCount() - timers).toBe(1)
  vi.runAllTimers()
  const keys = invalidate.mock.calls.map(([filters]) => JSON.stringify(filters?.queryKey))
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys).toContain('["tasks"]')
})

test('ingest progress counts the files of its upload', () => {
  client.setQueryData<Partial<Upload>>(uploadKey('up1'), { upload_id: 'up1', status: 'RECEIVED', ingest: null })
  updater.ingestProgress({
    upload_id: 'up1',
    task_id: 't1',
    total: 10,
    done: 4,
    instances: 3,
    duplicates: 1,
    skipped: 0,
    timestamp: '',
  })
  expect(client.getQueryData<Upload>(uploadKey('up1'))).toMatchObject({
    status: 'INGESTING',
    ingest: { total: 10, done: 4, instances: 3, duplicates: 1 },
  })
})

test('after a gap everything that events could have changed is fetched again, and nothing else', () => {
  client.setQueryData(['algorithms'], {})
  updater.everything()
  expect(client.getQueryState(listKey)?.isInvalidated).toBe(true)
  expect(client.getQueryState(['algorithms'])?.isInvalidated).toBe(false)
})

test.each(['COMPLETED', 'FAILED', 'CANCELLED'] as const)('a task that is %s changes the gallery', (end) => {
  client.setQueryData(['models', 'list'], {})
  updater.taskStatus(status({ seq: 1, status: 'IN_PROGRESS' }))
  vi.advanceTimersByTime(300)
  expect(client.getQueryState(['models', 'list'])?.isInvalidated).toBe(false)
  updater.taskStatus(status({ seq: 2, status: end }))
  vi.advanceTimersByTime(300)
  expect(client.getQueryState(['models', 'list'])?.isInvalidated).toBe(true)
})
