import { TrashIcon } from '@heroicons/react/24/solid'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, CardHeader, EmptyState, PagedTable, type Column } from '@/components/ui'
import { may } from '@/lib/api/access'
import { restoreStudy, trashKey, trashQuery } from '@/lib/api/archive'
import type { TrashedStudy } from '@/lib/api/archiveTypes'
import { studiesKey } from '@/lib/api/studies'
import { bytes, day, number, personName, shortDateTime } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'
import { useChange } from '@/lib/hooks/useChange'
import { withPage } from '@/lib/search'

export function Trash() {
  const { t } = useTranslation(['archive', 'common'])
  const { page, size } = withPage(useSearch({ from: '/member/archive' }))
  const navigate = useNavigate({ from: '/archive' })
  const query = useQuery(trashQuery({ page, size }))
  const canRestore = useCan(may.deleteStudies)
  const queryClient = useQueryClient()
  const restore = useChange(restoreStudy, {
    stale: trashKey,
    said: t('trash.restored'),
    then: () => void queryClient.invalidateQueries({ queryKey: studiesKey }),
  })
  const action = (study: TrashedStudy) =>
    canRestore && (
      <Button
        size="sm"
        busy={restore.isPending && restore.variables === study.study_uid}
        aria-label={`${t('trash.restore')}: ${personName(study.patient_name)}`}
        onClick={() => restore.mutate(study.study_uid)}
      >
        {t('trash.restore')}
      </Button>
    )
  const until = (study: TrashedStudy) =>
    study.legal_hold ? <Badge tone="amber">{t('trash.held')}</Badge> : shortDateTime(study.purge_at ?? study.deleted_at)
  const columns: Column<TrashedStudy>[] = [
    { key: 'patient', header: t('trash.patient'), className: 'font-medium', cell: (s) => personName(s.patient_name) },
    { key: 'date', header: t('trash.date'), className: 'whitespace-nowrap', cell: (study) => day(study.study_date) },
    {
      key: 'what',
      header: t('trash.what'),
      className: 'w-full max-w-0 min-w-40 truncate',
      cell: (study) => [study.modalities.join(' '), study.description].filter(Boolean).join(' · '),
    },
    { key: 'images', header: t('trash.images'), align: 'right', cell: (study) => number(study.instance_count) },
    {
      key: 'size',
      header: t('exports.size'),
      align: 'right',
      className: 'text-muted',
      cell: (s) => bytes(s.size_bytes),
    },
    {
      key: 'deleted',
      header: t('trash.deleted'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (study) => shortDateTime(study.deleted_at),
    },
    { key: 'until', header: t('trash.until'), className: 'whitespace-nowrap tnum', cell: until },
    { key: 'action', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: action },
  ]
  return (
    <Card>
      <CardHeader title={t('trash.title')} note={t('trash.note')} />
      <PagedTable
        label={t('trash.title')}
        columns={columns}
        query={query}
        rowKey={(study) => study.study_uid}
        onChange={(next) => void navigate({ to: '/archive', search: (old) => ({ ...old, ...next }), replace: true })}
        card={(study) => (
          <div className="flex items-center gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-medium">{personName(study.patient_name)}</p>
              <p className="truncate text-muted">{study.description}</p>
              <p className="tnum text-xs text-muted">
                {t('trash.until')}: {until(study)}
              </p>
            </div>
            {action(study)}
          </div>
        )}
        empty={
          <EmptyState icon={TrashIcon} title={t('trash.emptyTitle')}>
            {t('trash.empty')}
          </EmptyState>
        }
      />
    </Card>
  )
}
