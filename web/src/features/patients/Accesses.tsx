import { EyeIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { OUTCOME_TONES, useActionWord, useActorWord } from '@/components/auditWords'
import { Badge, Card, CardHeader, EmptyState, PagedTable, type Column } from '@/components/ui'
import type { Access } from '@/lib/api'
import { accessesQuery } from '@/lib/api/patients'
import { number, shortDateTime } from '@/lib/format'

/** Who saw this patient's data: for the patient, and for whoever answers for it. */
export function Accesses({ patientId }: { patientId: string }) {
  const { t } = useTranslation(['patients', 'audit'])
  const [stretch, setStretch] = useState({ page: 1, size: 20 })
  const query = useQuery(accessesQuery(patientId, stretch))
  const action = useActionWord()
  const actor = useActorWord()
  const columns: Column<Access>[] = [
    { key: 'at', header: t('audit:at'), className: 'whitespace-nowrap tnum', cell: (row) => shortDateTime(row.at) },
    { key: 'who', header: t('audit:who'), className: 'font-medium', cell: actor },
    {
      key: 'what',
      header: t('audit:what'),
      cell: (row) => action(row.action) + (row.count > 1 ? ` × ${number(row.count)}` : ''),
    },
    { key: 'reason', header: t('reason'), className: 'text-muted', cell: (row) => row.reason || '—' },
    {
      key: 'outcome',
      header: t('audit:outcome'),
      cell: (row) => <Badge tone={OUTCOME_TONES[row.outcome]}>{t(`audit:outcomes.${row.outcome}`)}</Badge>,
    },
  ]
  return (
    <Card>
      <CardHeader title={t('accesses.title')} note={query.data && number(query.data.total)} />
      <PagedTable
        label={t('accesses.title')}
        columns={columns}
        query={query}
        rowKey={(row) => [row.at, row.actor_name, row.action, row.object_id].join()}
        card={(row) => (
          <div className="flex flex-col gap-0.5 px-4 py-3">
            <p className="flex justify-between gap-3">
              <span className="font-medium">{actor(row)}</span>
              <span className="tnum text-xs text-muted">{shortDateTime(row.at)}</span>
            </p>
            <p className="text-xs text-muted">{[action(row.action), row.reason].filter(Boolean).join(' · ')}</p>
          </div>
        )}
        onChange={({ page, size }) => setStretch((old) => ({ page: page ?? 1, size: size ?? old.size }))}
        empty={
          <EmptyState icon={EyeIcon} title={t('accesses.emptyTitle')}>
            {t('accesses.empty')}
          </EmptyState>
        }
      />
    </Card>
  )
}
