import { ArrowLeftIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorState, Spinner } from '@/components/ui'
import { studyQuery } from '@/lib/api/studies'
import { cn } from '@/lib/cn'
import { day, personName } from '@/lib/format'
import { useTitle } from '@/lib/hooks/useTitle'
import { holdDark } from '@/lib/theme'
import { hang, type Engine } from '@/viewer/dicom'
import { AskTextDialog, useAskText } from './AskText'
import { HelpDialog } from './HelpDialog'
import { MarksPanel } from './MarksPanel'
import { OverlaysPanel } from './OverlaysPanel'
import { PaneView } from './PaneView'
import { PriorRail } from './PriorRail'
import { hasPictures } from './series'
import { SeriesRail } from './SeriesRail'
import { PANE_COUNT, PANES, reading, useReading, type Layout } from './state'
import { Toolbar } from './Toolbar'
import { TagsDialog } from './TagsDialog'
import { useActs } from './useActs'
import { useCine } from './useCine'
import { useCommands, useKeys } from './useCommands'
import { EngineContext, useEngine } from './useEngine'
import { useMarks } from './useMarks'
import { useLinkedScroll } from './useLinkedScroll'

export function ViewerPage() {
  const { studyUid = '' } = useParams({ strict: false })
  // Another study is another reading: nothing of the first may linger.
  return <Viewer key={studyUid} studyUid={studyUid} />
}

function Viewer({ studyUid }: { studyUid: string }) {
  const { t } = useTranslation(['viewer', 'common'])
  const { ask, pending, answer } = useAskText()
  const opened = useOpened(studyUid)
  const engine = useEngine(studyUid, ask)
  const query = useQuery(studyQuery(studyUid))
  const study = query.data
  const acts = useActs(studyUid)
  const run = useCommands(engine, study, acts)
  const marks = useMarks(engine, studyUid)
  const panel = useReading((state) => state.panel)
  const overlaysOpened = useReading((state) => state.overlaysOpened)
  useKeys(run)
  useCine(engine)
  useLinkedScroll(engine)
  useEffect(holdDark, [])
  const name = study && personName(study.patient_name)
  useTitle(name)

  const hanging = study && hang(study.series.filter(hasPictures))
  const first = hanging?.panes[0]
  useEffect(() => {
    if (opened && first) reading.show(0, { studyUid, seriesUid: first.seriesUid, stackIndex: 0 })
  }, [opened, studyUid, first?.seriesUid]) // eslint-disable-line react-hooks/exhaustive-deps

  const facts = study && [study.mrn, study.description, day(study.study_date)].filter(Boolean).join(' · ')
  return (
    <div data-theme="dark" className="fixed inset-0 z-30 flex flex-col bg-canvas text-text">
      <header className="flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line bg-surface px-1.5">
        <Link
          to="/studies/$studyUid"
          params={{ studyUid }}
          aria-label={t('back')}
          className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text"
        >
          <ArrowLeftIcon className="size-5" aria-hidden />
        </Link>
        <h1 className="flex min-w-0 flex-1 basis-32 items-baseline gap-2" title={study && `${name} · ${facts}`}>
          <span className="truncate text-sm font-semibold lg:max-w-3/5 lg:shrink-0">{name ?? t('title')}</span>
          {study && <span className="tnum hidden truncate text-xs text-muted lg:inline">{facts}</span>}
        </h1>
        <EngineContext value={engine}>
          <Toolbar run={run} />
        </EngineContext>
      </header>
      <div className="flex min-h-0 flex-1 flex-col-reverse sm:flex-row">
        <aside className="flex shrink-0 overflow-auto border-line bg-sunken max-sm:max-h-28 max-sm:border-t sm:w-40 sm:flex-col sm:border-r">
          {study && <SeriesRail study={study} />}
          {study && <PriorRail study={study} />}
        </aside>
        <main className="relative min-h-0 min-w-0 flex-1 bg-black">
          {engine && study && first && <Grid engine={engine} />}
          {!study && (
            <div className="absolute inset-0 flex items-center justify-center">
              {query.error ? (
                <ErrorState error={query.error} onRetry={() => void query.refetch()} />
              ) : (
                <span role="status" aria-label={t('common:state.loading')}>
                  <Spinner />
                </span>
              )}
            </div>
          )}
          {study && !first && <p className="p-6 text-sm text-muted">{t('noPictures')}</p>}
        </main>
        {engine && (panel || overlaysOpened) && (
          <aside
            className={cn(
              'flex min-h-0 shrink-0 flex-col border-line bg-surface max-sm:max-h-60 max-sm:border-t sm:w-72 sm:border-l',
              !panel && 'hidden',
            )}
          >
            {panel === 'measurements' && <MarksPanel engine={engine} here={marks} studyUid={studyUid} />}
            {panel === 'report' && (
              <section aria-label={t('keys.command.report')} className="p-3">
                <h2 className="text-sm font-semibold">{t('keys.command.report')}</h2>
                <p className="mt-2 text-xs text-muted">{t('reportLater')}</p>
              </section>
            )}
            {/* Stays while it is hidden: what it laid over the images stays as well. */}
            {overlaysOpened && (
              <div className={panel === 'overlays' ? 'contents' : 'hidden'}>
                <OverlaysPanel engine={engine} studyUid={studyUid} />
              </div>
            )}
          </aside>
        )}
      </div>
      <HelpDialog />
      <TagsDialog engine={engine} />
      <AskTextDialog pending={pending} onAnswer={answer} />
    </div>
  )
}

/** The state of the reading belongs to this study before anything is shown. */
function useOpened(studyUid: string): boolean {
  const [opened, setOpened] = useState(false)
  useEffect(() => {
    reading.open(studyUid)
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setOpened(true)
  }, [studyUid])
  return opened
}

const GRID: Record<Layout, string> = {
  '1x1': 'grid-cols-1 grid-rows-1',
  '1x2': 'grid-cols-2 grid-rows-1',
  '2x1': 'grid-cols-1 grid-rows-2',
  '2x2': 'grid-cols-2 grid-rows-2',
}

function Grid({ engine }: { engine: Engine }) {
  const layout = useReading((state) => state.layout)
  const watch = useCallback(
    (element: HTMLDivElement | null) => {
      if (!element) return
      const observer = new ResizeObserver(() => engine.resize())
      observer.observe(element)
      return () => observer.disconnect()
    },
    [engine],
  )
  useEffect(() => engine.resize(), [engine, layout])
  return (
    <div ref={watch} className={cn('absolute inset-0 grid gap-px', GRID[layout])}>
      {PANES.slice(0, PANE_COUNT[layout]).map((index) => (
        <PaneView key={index} index={index} engine={engine} />
      ))}
    </div>
  )
}
