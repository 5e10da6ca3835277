import type { TaskStatus } from '@/lib/api'
import type { Tone } from './ui'

/** The colour of each state of a task, wherever it is shown. */
export const TASK_TONE: Record<TaskStatus, Tone> = {
  CREATED: 'grey',
  QUEUED: 'grey',
  ASSIGNED: 'blue',
  IN_PROGRESS: 'blue',
  WAITING_INPUT: 'amber',
  COMPLETED: 'green',
  FAILED: 'red',
  CANCELLED: 'grey',
}
