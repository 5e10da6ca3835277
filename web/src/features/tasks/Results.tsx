import { ArrowDownTrayIcon } from '@heroicons/react/20/solid'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Callout, Card, CardHeader, IconButton, errorText } from '@/components/ui'
import type { Task, TaskResult } from '@/lib/api'
import { download } from '@/lib/download'
import { bytes } from '@/lib/format'
import { toast } from '@/lib/toast'

export function Results({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  if (task.results.length === 0) return null
  const locked = task.results.some(({ url }) => url === null)
  return (
    <Card>
      <CardHeader title={t('results')} note={t('resultCount', { count: task.results.length })} />
      {locked && (
        <Callout tone="warning" className="m-4 mb-2">
          {t('locked')}
        </Callout>
      )}
      <ul className="divide-y divide-line">
        {task.results.map((result) => (
          <ResultRow key={result.name} result={result} />
        ))}
      </ul>
    </Card>
  )
}

function ResultRow({ result }: { result: TaskResult }) {
  const { t, i18n } = useTranslation(['tasks', 'common'])
  const { t: common } = useTranslation()
  const { name, kind, size, url } = result
  const fetchFile = useMutation({ mutationFn: (from: string) => download(from, name) })
  const kindKey = `kind.${kind}`
  const start = (from: string) =>
    fetchFile.mutate(from, {
      onError: (error) => {
        const { title, detail } = errorText(error, common)
        toast('error', t('downloadFailed', { name }), detail ?? title)
      },
    })
  return (
    <li className="flex items-center gap-3 px-4 py-1.5">
      <span className="min-w-0 flex-1 truncate font-medium" title={name}>
        {name}
      </span>
      <span className="hidden w-40 truncate text-xs text-muted sm:block">
        {i18n.exists(kindKey, { ns: 'tasks' }) ? t(kindKey as 'kind.mesh_stl') : kind}
      </span>
      <span className="tnum w-20 text-right text-xs text-muted">{bytes(size)}</span>
      <IconButton
        icon={ArrowDownTrayIcon}
        label={t('downloadFile', { name })}
        disabled={url === null || fetchFile.isPending}
        aria-busy={fetchFile.isPending || undefined}
        onClick={() => url && start(url)}
      />
    </li>
  )
}
