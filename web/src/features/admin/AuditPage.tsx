import { ShieldCheckIcon } from '@heroicons/react/20/solid'
import { ShieldCheckIcon as ShieldIcon } from '@heroicons/react/24/solid'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { OUTCOME_TONES, useActionWord, useActorWord } from '@/components/auditWords'
import {
  Badge,
  Button,
  Callout,
  Card,
  EmptyState,
  ErrorCallout,
  Input,
  Page,
  PagedTable,
  SearchField,
  Select,
  type Column,
} from '@/components/ui'
import type { AuditEntry, Verification } from '@/lib/api'
import { auditQuery, verifyAudit } from '@/lib/api/patients'
import { dateTime, number, shortDateTime } from '@/lib/format'
import { withPage } from '@/lib/search'
import { OUTCOMES, type AuditSearch } from './search'

const SUBJECTS = ['patient', 'visit', 'study', 'task', 'model', 'audit'] as const

/** A day as the platform wants it: the moment it begins here, or the one after it ends. */
const dayStart = (day: string | undefined, add = 0) => {
  if (!day) return undefined
  const at = new Date(`${day}T00:00:00`)
  at.setDate(at.getDate() + add)
  return at.toISOString()
}

export function AuditPage() {
  const { t } = useTranslation(['audit', 'common'])
  const search = useSearch({ from: '/member/admin/audit' })
  const navigate = useNavigate({ from: '/admin/audit' })
  const change = useCallback(
    (next: Partial<AuditSearch>) =>
      void navigate({ to: '/admin/audit', search: (old) => ({ ...old, page: undefined, ...next }), replace: true }),
    [navigate],
  )
  const filter = { ...withPage(search), since: dayStart(search.since), until: dayStart(search.until, 1) }
  const query = useQuery(auditQuery(filter))
  const check = useMutation({ mutationFn: verifyAudit })
  const columns = useAuditColumns()
  const action = useActionWord()
  const actor = useActorWord()
  const { who, action: subject, outcome, patient_id, since, until } = search
  const isFiltered = Boolean(who || subject || outcome || patient_id || since || until)
  const clear = () =>
    change({
      who: undefined,
      action: undefined,
      outcome: undefined,
      patient_id: undefined,
      since: undefined,
      until: undefined,
    })

  return (
    <Page
      title={t('title')}
      actions={
        <Button variant="primary" icon={ShieldCheckIcon} busy={check.isPending} onClick={() => check.mutate()}>
          {t('verify')}
        </Button>
      }
    >
      {check.data && <Verdict found={check.data} />}
      <ErrorCallout error={check.error} className="mb-4" />
      <Card>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
          <SearchField
            label={t('filterWho')}
            value={who ?? ''}
            onSearch={(text) => change({ who: text.trim() || undefined })}
            className="w-full md:w-64"
          />
          <Select
            aria-label={t('what')}
            className="w-full md:w-auto"
            value={subject ?? ''}
            onChange={(event) => change({ action: event.target.value || undefined })}
          >
            <option value="">{t('anything')}</option>
            {SUBJECTS.map((name) => (
              <option key={name} value={name}>
                {t(`subjects.${name}`)}
              </option>
            ))}
          </Select>
          <Select
            aria-label={t('outcome')}
            className="w-full md:w-auto"
            value={outcome ?? ''}
            onChange={(event) => change({ outcome: (event.target.value || undefined) as AuditSearch['outcome'] })}
          >
            <option value="">{t('anyOutcome')}</option>
            {OUTCOMES.map((name) => (
              <option key={name} value={name}>
                {t(`outcomes.${name}`)}
              </option>
            ))}
          </Select>
          <Input
            type="date"
            aria-label={t('from')}
            className="w-full md:w-36"
            value={since ?? ''}
            max={until}
            onChange={(event) => change({ since: event.target.value || undefined })}
          />
          <Input
            type="date"
            aria-label={t('to')}
            className="w-full md:w-36"
            value={until ?? ''}
            min={since}
            onChange={(event) => change({ until: event.target.value || undefined })}
          />
          {isFiltered && (
            <Button variant="ghost" onClick={clear}>
              {t('common:action.clearFilters')}
            </Button>
          )}
        </div>
        <PagedTable
          label={t('title')}
          columns={columns}
          query={query}
          rowKey={(row) => row.id}
          card={(row) => (
            <div className="flex flex-col gap-0.5 px-4 py-3">
              <p className="flex justify-between gap-3">
                <span className="font-medium">{actor(row)}</span>
                <span className="tnum text-xs text-muted">{shortDateTime(row.at)}</span>
              </p>
              <p className="flex justify-between gap-3 text-xs text-muted">
                <span>{action(row.action)}</span>
                <Badge tone={OUTCOME_TONES[row.outcome]}>{t(`outcomes.${row.outcome}`)}</Badge>
              </p>
            </div>
          )}
          onChange={change}
          onClear={isFiltered ? clear : undefined}
          empty={
            <EmptyState icon={ShieldIcon} title={t('emptyTitle')}>
              {t('empty')}
            </EmptyState>
          }
        />
      </Card>
    </Page>
  )
}

function Verdict({ found }: { found: Verification }) {
  const { t } = useTranslation('audit')
  const entries = found.chains.reduce((sum, chain) => sum + chain.entries, 0)
  const waiting = found.chains.reduce((sum, chain) => sum + chain.waiting, 0)
  const broken = found.chains.filter((chain) => !chain.ok)
  return (
    <Callout
      alert
      className="mb-4"
      tone={found.ok ? 'success' : 'danger'}
      title={found.ok ? t('verdict.ok') : t('verdict.broken')}
    >
      <p>{t('verdict.entries', { count: entries, shown: number(entries), waiting: number(waiting) })}</p>
      <ul>
        {broken.map((chain) => (
          <li key={chain.organization_id}>
            {t(`verdict.problems.${chain.problem ?? 'CHANGED'}`, { number: number(chain.number ?? 0) })}
          </li>
        ))}
      </ul>
    </Callout>
  )
}

function useAuditColumns(): Column<AuditEntry>[] {
  const { t } = useTranslation('audit')
  const action = useActionWord()
  const actor = useActorWord()
  return [
    {
      key: 'number',
      header: t('number'),
      align: 'right',
      className: 'text-muted',
      cell: (row) => (row.number === null ? '…' : number(row.number)),
    },
    { key: 'at', header: t('at'), className: 'whitespace-nowrap tnum', cell: (row) => dateTime(row.at) },
    { key: 'who', header: t('who'), className: 'whitespace-nowrap font-medium', cell: actor },
    {
      key: 'what',
      header: t('what'),
      className: 'whitespace-nowrap',
      cell: (row) => action(row.action) + (row.count > 1 ? ` × ${number(row.count)}` : ''),
    },
    {
      key: 'object',
      header: t('object'),
      className: 'max-w-56 truncate text-muted',
      cell: (row) =>
        row.patient_id ? (
          <Link
            to="/patients/$patientId"
            params={{ patientId: row.patient_id }}
            className="tnum text-blue-text hover:underline"
            title={row.object_id}
          >
            {t('thePatient')}
          </Link>
        ) : (
          <span title={row.object_id}>{row.object_id || '—'}</span>
        ),
    },
    {
      key: 'reason',
      header: t('reason'),
      className: 'w-full max-w-0 min-w-32 truncate text-muted',
      cell: (row) => <span title={row.reason}>{row.reason || '—'}</span>,
    },
    {
      key: 'where',
      header: t('where'),
      className: 'hidden lg:table-cell whitespace-nowrap text-muted',
      cell: (row) => [row.source, row.address].filter(Boolean).join(' · '),
    },
    {
      key: 'outcome',
      header: t('outcome'),
      cell: (row) => <Badge tone={OUTCOME_TONES[row.outcome]}>{t(`outcomes.${row.outcome}`)}</Badge>,
    },
  ]
}
