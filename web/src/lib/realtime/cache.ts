import type { QueryClient } from '@tanstack/react-query'
import { enginesKey } from '@/lib/api/admin'
import { queuesKey } from '@/lib/api/fleet'
import { uploadKey, uploadsKey } from '@/lib/api/orders'
import { pointsKey } from '@/lib/api/points'
import { studiesKey } from '@/lib/api/studies'
import { taskKey, taskListKey, tasksKey } from '@/lib/api/tasks'
import { exportsKey, rulesKey, trashKey } from '@/lib/api/archive'
import type { Export } from '@/lib/api/archiveTypes'
import type { Engine } from '@/lib/api/fleetTypes'
import type { Page, Task, TaskStatus, TaskSummary, Upload } from '@/lib/api/types'
import { currentLanguage } from '@/lib/i18n'
import type { ExportProgressEvent, IngestProgressEvent, TaskProgressEvent, TaskStatusEvent } from './events'

const LIVE = [
  tasksKey,
  pointsKey,
  uploadsKey,
  studiesKey,
  enginesKey,
  queuesKey,
  exportsKey,
  rulesKey,
  trashKey,
  ['models'],
]
const SETTLE_MS = 300
const ENDED: TaskStatus[] = ['COMPLETED', 'FAILED', 'CANCELLED']
const MOVING: TaskStatus[] = ['CREATED', 'QUEUED', 'ASSIGNED', 'IN_PROGRESS']

/**
 * Writes live events into the query cache. An event is a hint: what it carries is shown at once, and the affected
 * queries are fetched again, once per burst, because the database row is the truth.
 */
export class CacheUpdater {
  private readonly client: QueryClient
  private readonly stale = new Map<string, readonly unknown[]>()
  private readonly lastSeq = new Map<string, number>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(client: QueryClient) {
    this.client = client
  }

  taskStatus(event: TaskStatusEvent): void {
    // A replayed event must not paint an older state over a newer one.
    const seen = this.lastSeq.get(event.task_id) ?? -1
    if (event.seq === undefined || event.seq > seen) {
      if (event.seq !== undefined) this.lastSeq.set(event.task_id, event.seq)
      this.patchTask(event.task_id, (task) => ({
        ...task,
        status: event.status,
        progress: event.status === 'COMPLETED' ? 100 : task.progress,
        payment_status: event.payment_status ?? task.payment_status,
        result_count: event.result_count ?? task.result_count,
        model_info_id: event.model_info_id ?? task.model_info_id,
        error_message: event.error_message ?? task.error_message,
        completed_at: event.completed_at ?? task.completed_at,
        can: { ...task.can, cancel: task.can.cancel && !ENDED.includes(event.status) },
      }))
    }
    this.refetchSoon(tasksKey)
    // The images have been taken in, or refused.
    if (event.status === 'QUEUED' || event.status === 'FAILED') this.refetchSoon(uploadsKey, studiesKey)
    if (ENDED.includes(event.status)) this.refetchSoon(['models'])
  }

  taskProgress(event: TaskProgressEvent): void {
    this.patchTask(event.task_id, (task) =>
      MOVING.includes(task.status)
        ? {
            ...task,
            progress: Math.max(task.progress, event.progress),
            progress_message: event.messages?.[currentLanguage()] ?? event.message ?? task.progress_message,
          }
        : task,
    )
  }

  ingestProgress(event: IngestProgressEvent): void {
    const { total, done, instances, duplicates, skipped } = event
    const patch = (upload: Upload): Upload => ({
      ...upload,
      status: upload.status === 'RECEIVED' ? 'INGESTING' : upload.status,
      ingest: { ...upload.ingest, total, done, instances, duplicates, skipped_count: skipped },
    })
    this.client.setQueryData<Upload>(uploadKey(event.upload_id), (upload) => upload && patch(upload))
    if (total > 0 && done >= total) this.refetchSoon(uploadsKey, studiesKey)
  }

  exportProgress(event: ExportProgressEvent): void {
    this.client.setQueriesData<Page<Export>>(
      { queryKey: exportsKey },
      (page) =>
        page && {
          ...page,
          items: page.items.map((row) =>
            row.export_id === event.export_id
              ? { ...row, status: event.status, done: Math.max(row.done, event.done) }
              : row,
          ),
        },
    )
    if (event.status !== 'RUNNING') this.refetchSoon(exportsKey)
  }

  studiesChanged(): void {
    this.refetchSoon(studiesKey, trashKey)
  }

  balanceChanged(): void {
    this.refetchSoon(pointsKey)
  }

  enginesChanged(): void {
    this.refetchSoon(enginesKey, queuesKey)
  }

  enginesHeard(ages: Record<string, number>): void {
    this.client.setQueryData<Engine[]>(enginesKey, (engines) =>
      engines?.map((engine) => ({ ...engine, heartbeat_age_s: ages[engine.engine_id] ?? engine.heartbeat_age_s })),
    )
  }

  /** Events were missed and cannot be replayed: whatever they could have changed is fetched again. */
  everything(): void {
    this.lastSeq.clear()
    for (const queryKey of LIVE) void this.client.invalidateQueries({ queryKey })
  }

  stop(): void {
    clearTimeout(this.timer)
    this.stale.clear()
  }

  private patchTask(id: string, change: <T extends TaskSummary>(task: T) => T): void {
    this.client.setQueryData<Task>(taskKey(id), (task) => task && change(task))
    this.client.setQueriesData<Page<TaskSummary>>({ queryKey: taskListKey }, (page) =>
      page?.items.some((task) => task.task_id === id)
        ? { ...page, items: page.items.map((task) => (task.task_id === id ? change(task) : task)) }
        : page,
    )
  }

  private refetchSoon(...keys: (readonly unknown[])[]): void {
    for (const key of keys) this.stale.set(JSON.stringify(key), key)
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      const due = [...this.stale.values()]
      this.stale.clear()
      for (const queryKey of due) void this.client.invalidateQueries({ queryKey })
    }, SETTLE_MS)
  }
}
