import { CubeIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, EmptyState, ErrorState, Spinner } from '@/components/ui'
import { useTitle } from '@/lib/hooks/useTitle'
import { displayConfigQuery, modelQuery, type ModelInfo, type ModelPart } from './api'
import { DEFAULT_BACKGROUND } from './looks'
import { hasFile } from './meshLoader'
import { ModelStage } from './ModelStage'
import { PartsPanel } from './PartsPanel'
import { TaskState } from './TaskState'
import { useDisplayDefaults } from './useDisplayDefaults'
import { useParts } from './useParts'
import { useViewer } from './useViewer'
import { ViewerFrame } from './ViewerFrame'
import { ViewerHeader } from './ViewerHeader'

export function ModelViewerPage() {
  const { modelInfoId = '' } = useParams({ strict: false })
  // Another model is another scene: nothing of the first may linger.
  return <ModelViewer key={modelInfoId} modelInfoId={modelInfoId} />
}

function ModelViewer({ modelInfoId }: { modelInfoId: string }) {
  const { t } = useTranslation(['models', 'common'])
  const frame = useRef<HTMLDivElement>(null)
  const [panelOpen, setPanelOpen] = useState(false)
  const [chosenBackground, setBackground] = useState<string>()

  const model = useQuery(modelQuery(modelInfoId))
  const ready = model.data?.status === 'ENABLED'
  const { query, parts, change, changeAll } = useParts(modelInfoId, ready)
  const config = useQuery(displayConfigQuery).data
  const background = chosenBackground ?? config?.background ?? DEFAULT_BACKGROUND
  const viewer = useViewer(parts, background)
  const defaults = useDisplayDefaults({ parts, background, config, changeAll, setBackground })
  useTitle(model.data?.name)

  const failed = [model, query].find((each) => each.isError && !each.data)
  const waiting = model.isPending || (ready && query.isPending)

  return (
    <ViewerFrame ref={frame}>
      <ViewerHeader
        model={model.data}
        panelOpen={panelOpen}
        onPanel={parts?.length ? () => setPanelOpen((open) => !open) : undefined}
      />
      <div className="flex min-h-0 flex-1 flex-col md:flex-row">
        <ModelStage viewer={viewer} name={model.data?.name ?? ''} ready={Boolean(parts?.some(hasFile))} frame={frame}>
          {failed && <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />}
          {waiting && !failed && (
            <span role="status" aria-label={t('common:state.loading')}>
              <Spinner />
            </span>
          )}
          {model.data && <WhyEmpty model={model.data} parts={parts} />}
        </ModelStage>
        {parts && parts.length > 0 && (
          <PartsPanel
            open={panelOpen}
            parts={parts}
            states={viewer.states}
            onRetry={viewer.retry}
            onChange={change}
            onChangeAll={changeAll}
            background={background}
            onBackground={setBackground}
            defaults={defaults}
          />
        )}
      </div>
    </ViewerFrame>
  )
}

/** Nothing is ready, nothing was found, or nothing is paid for. */
function WhyEmpty({ model, parts }: { model: ModelInfo; parts: ModelPart[] | undefined }) {
  const { t } = useTranslation('models')
  const toTask = (
    <Button asChild size="sm">
      <Link to="/tasks/$taskId" params={{ taskId: model.task_id }}>
        {t('task.open')}
      </Link>
    </Button>
  )
  const box = 'rounded-md bg-surface/90'
  const lost = model.task_status === 'FAILED' || model.task_status === 'CANCELLED'
  if (model.status === 'DISABLED') {
    return (
      <div className={box}>
        <EmptyState icon={CubeIcon} title={t(lost ? 'viewer.notMade' : 'viewer.notReady')} className="pb-4">
          {t(lost ? 'viewer.notMadeDetail' : 'viewer.notReadyDetail')}
        </EmptyState>
        <div className="mx-auto flex max-w-60 flex-col items-center gap-2 pb-10">
          <TaskState taskId={model.task_id} bar />
          {toTask}
        </div>
      </div>
    )
  }
  if (parts?.length === 0) {
    return (
      <EmptyState icon={CubeIcon} title={t('viewer.noParts')} action={toTask} className={box}>
        {t('viewer.noPartsDetail')}
      </EmptyState>
    )
  }
  if (parts && !parts.some(hasFile)) {
    return (
      <EmptyState icon={CubeIcon} title={t('viewer.unpaid')} action={toTask} className={box}>
        {t('viewer.unpaidDetail')}
      </EmptyState>
    )
  }
  return null
}
