import { ClockIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  EmptyState,
  PagedTable,
  Select,
  type Column,
  type Tone,
} from '@/components/ui'
import { retryRun, rulesKey, runsQuery } from '@/lib/api/archive'
import type { RuleRun } from '@/lib/api/archiveTypes'
import { shortDateTime } from '@/lib/format'
import { useChange } from '@/lib/hooks/useChange'
import { withPage } from '@/lib/search'
import { RUN_STATES, type RuleSearch, type RunState } from './search'

const TONES: Record<RunState, Tone> = { PENDING: 'blue', DONE: 'green', FAILED: 'red' }

export function Runs({ search, onChange }: { search: RuleSearch; onChange: (next: Partial<RuleSearch>) => void }) {
  const { t } = useTranslation(['archive', 'common'])
  const { page, size } = withPage(search)
  const query = useQuery(runsQuery({ page, size, status: search.state }))
  const retry = useChange(retryRun, { stale: rulesKey, said: t('runs.again'), then: () => undefined })
  const action = (run: RuleRun) =>
    run.status === 'FAILED' && (
      <Button
        size="sm"
        busy={retry.isPending && retry.variables === run.run_id}
        aria-label={`${t('runs.retry')}: ${run.rule_name}`}
        onClick={() => retry.mutate(run.run_id)}
      >
        {t('runs.retry')}
      </Button>
    )
  const columns: Column<RuleRun>[] = [
    {
      key: 'when',
      header: t('runs.when'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (run) => shortDateTime(run.created_at),
    },
    { key: 'rule', header: t('runs.rule'), className: 'min-w-32 font-medium', cell: (run) => run.rule_name },
    {
      key: 'state',
      header: t('rules.state'),
      cell: (run) => <Badge tone={TONES[run.status]}>{t(`runState.${run.status}`)}</Badge>,
    },
    { key: 'did', header: t('runs.did'), className: 'w-full min-w-56', cell: (run) => <Steps run={run} /> },
    {
      key: 'study',
      header: t('runs.study'),
      cell: (run) => (
        <Link
          to="/studies/$studyUid"
          params={{ studyUid: run.study_uid }}
          className="whitespace-nowrap text-blue-text hover:underline"
        >
          {t('runs.open')}
        </Link>
      ),
    },
    { key: 'action', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: action },
  ]
  return (
    <Card>
      <CardHeader
        title={t('runs.title')}
        note={t('runs.note')}
        actions={
          <Select
            aria-label={t('rules.state')}
            className="w-auto"
            value={search.state ?? ''}
            onChange={(event) => onChange({ state: (event.target.value || undefined) as RunState | undefined })}
          >
            <option value="">{t('runs.all')}</option>
            {RUN_STATES.map((state) => (
              <option key={state} value={state}>
                {t(`runState.${state}`)}
              </option>
            ))}
          </Select>
        }
      />
      <PagedTable
        label={t('runs.title')}
        columns={columns}
        query={query}
        rowKey={(run) => run.run_id}
        onChange={onChange}
        onClear={search.state ? () => onChange({ state: undefined }) : undefined}
        card={(run) => (
          <div className="flex flex-col gap-1.5 px-4 py-3">
            <p className="flex justify-between gap-3 font-medium">
              {run.rule_name} <Badge tone={TONES[run.status]}>{t(`runState.${run.status}`)}</Badge>
            </p>
            <Steps run={run} />
            <p className="flex items-center justify-between text-xs text-muted">
              {shortDateTime(run.created_at)} {action(run)}
            </p>
          </div>
        )}
        empty={
          <EmptyState icon={ClockIcon} title={t('runs.emptyTitle')} className="py-8">
            {t('runs.empty')}
          </EmptyState>
        }
      />
    </Card>
  )
}

function Steps({ run }: { run: RuleRun }) {
  const { t } = useTranslation('archive')
  return (
    <ul className="flex flex-col gap-0.5">
      {run.steps.map((step, at) => (
        <li key={at} className={step.message ? 'text-red-text' : ''}>
          {t(`action.${step.kind}`)}
          {(step.message ?? step.what) && `: ${step.message ?? step.what}`}
        </li>
      ))}
    </ul>
  )
}
