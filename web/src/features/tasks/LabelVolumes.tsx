import { useTranslation } from 'react-i18next'
import { Card, CardHeader } from '@/components/ui'
import type { Task } from '@/lib/api'
import { number } from '@/lib/format'
import { SaveSegmentation } from './SaveSegmentation'

/** The volume of every structure that a model found. */
export function LabelVolumes({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const volumes = volumesOf(task)
  if (volumes.length === 0) return null
  return (
    <Card>
      <CardHeader title={t('volumes')} note={t('volumesNote')} actions={<SaveSegmentation task={task} />} />
      <dl className="divide-y divide-line">
        {volumes.map(([label, ml]) => (
          <div key={label} className="flex items-center gap-3 px-4 py-1.5">
            <dt className="min-w-0 flex-1 truncate font-medium">{label}</dt>
            <dd className="tnum">{t('volume', { shown: number(ml, 1) })}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

/** Engines of any maker fill the metrics, so nothing is taken for granted. */
function volumesOf({ metrics }: Task): [string, number][] {
  const labels = metrics?.labels
  if (typeof labels !== 'object' || labels === null) return []
  return Object.entries(labels as Record<string, { volume_ml?: unknown } | null>).flatMap(([label, told]) =>
    typeof told?.volume_ml === 'number' ? [[label, told.volume_ml] as [string, number]] : [],
  )
}
