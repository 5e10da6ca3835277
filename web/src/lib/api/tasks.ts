import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, type Query } from './client'
import { once } from './once'
import type { Page, Task, TaskSummary } from './types'

export interface TaskFilter extends Query {
  page?: number
  size?: number
  status?: string
  type?: string
  q?: string
  sort?: string
}

export const tasksKey = ['tasks'] as const
export const taskListKey = [...tasksKey, 'list'] as const
export const taskKey = (id: string) => [...tasksKey, 'detail', id] as const

export const tasksQuery = (filter: TaskFilter) =>
  queryOptions({
    queryKey: [...taskListKey, filter],
    queryFn: ({ signal }) => api.get<Page<TaskSummary>>('/tasks', { signal, query: filter }),
    placeholderData: keepPreviousData,
  })

export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: taskKey(id),
    queryFn: ({ signal }) => api.get<Task>(`/tasks/${encodeURIComponent(id)}`, { signal }),
  })

export type TaskAction = 'cancel' | 'retry' | 'pay'

export const actOnTask = (id: string, action: TaskAction) =>
  once([id, action], (idempotencyKey) =>
    api.post<Partial<Task> | void>(`/tasks/${encodeURIComponent(id)}/${action}`, { idempotencyKey }),
  )
export const deleteTask = (id: string) => api.delete(`/tasks/${encodeURIComponent(id)}`)
