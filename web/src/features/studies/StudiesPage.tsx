import { RectangleStackIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, EmptyState, Page, PagedTable, type Column } from '@/components/ui'
import type { Study } from '@/lib/api'
import { ARCHIVE_ROOM } from '@/lib/api/archive'
import { studiesQuery } from '@/lib/api/studies'
import { bytes, day, number, personName, shortDateTime } from '@/lib/format'
import { useRoom } from '@/lib/realtime'
import { withPage } from '@/lib/search'
import { SavedViews } from './SavedViews'
import { StudyFilters } from './StudyFilters'
import type { StudySearch } from './search'
import { sexWord } from './sex'

export function StudiesPage() {
  const { t } = useTranslation(['studies', 'common'])
  const search = useSearch({ from: '/member/studies' })
  const navigate = useNavigate({ from: '/studies' })
  const change = useCallback(
    (next: Partial<StudySearch>) =>
      void navigate({ to: '/studies', search: (old) => ({ ...old, page: undefined, ...next }), replace: true }),
    [navigate],
  )
  useRoom(ARCHIVE_ROOM)
  const sort = search.sort ?? '-created_at'
  const query = useQuery(studiesQuery({ ...withPage(search), sort }))
  const columns = useStudyColumns()
  const isFiltered = Boolean(search.q || search.modality || search.date_from || search.date_to)
  const clear = () => change({ q: undefined, modality: undefined, date_from: undefined, date_to: undefined })

  return (
    <Page
      title={t('title')}
      actions={
        <SavedViews
          search={search}
          onChoose={(view) => void navigate({ to: '/studies', search: { size: search.size, ...view }, replace: true })}
        />
      }
    >
      <Card>
        <StudyFilters search={search} onChange={change} onClear={isFiltered ? clear : undefined} />
        <PagedTable
          label={t('title')}
          columns={columns}
          query={query}
          rowKey={(study) => study.study_uid}
          card={(study) => <StudyCard study={study} />}
          sort={sort}
          onChange={change}
          onClear={isFiltered ? clear : undefined}
          empty={
            <EmptyState
              icon={RectangleStackIcon}
              title={t('emptyTitle')}
              action={
                <Button asChild variant="primary">
                  <Link to="/upload">{t('common:nav.upload')}</Link>
                </Button>
              }
            >
              {t('empty')}
            </EmptyState>
          }
        />
      </Card>
    </Page>
  )
}

function StudyLink({ study }: { study: Study }) {
  return (
    <Link
      to="/studies/$studyUid"
      params={{ studyUid: study.study_uid }}
      className="font-medium hover:text-blue-text hover:underline"
    >
      {personName(study.patient_name)}
    </Link>
  )
}

/** Straight to the images: what most people open a study for. */
function ViewLink({ study }: { study: Study }) {
  const { t } = useTranslation('studies')
  return (
    <Button asChild size="sm" variant="ghost">
      <Link
        to="/studies/$studyUid/view"
        params={{ studyUid: study.study_uid }}
        aria-label={t('viewOf', { name: personName(study.patient_name) })}
      >
        {t('view')}
      </Link>
    </Button>
  )
}

const Modalities = ({ study }: { study: Study }) => (
  <span className="inline-flex gap-1">
    {study.modalities.map((modality) => (
      <Badge key={modality}>{modality}</Badge>
    ))}
  </span>
)

function useStudyColumns(): Column<Study>[] {
  const { t } = useTranslation(['studies', 'common'])
  return [
    {
      key: 'patient',
      header: t('patient'),
      sorts: ['name', '-name'],
      cell: (study) => <StudyLink study={study} />,
      className: 'whitespace-nowrap',
    },
    { key: 'mrn', header: t('mrn'), cell: (study) => study.mrn || '—', className: 'whitespace-nowrap tnum text-muted' },
    {
      key: 'birth',
      header: [t('sex'), t('birthDate')].join(' · '),
      className: 'hidden lg:table-cell whitespace-nowrap text-muted',
      cell: (study) =>
        [sexWord(t, study.sex), study.birth_date && day(study.birth_date)].filter(Boolean).join(' · ') || '—',
    },
    {
      key: 'date',
      header: t('studyDate'),
      sorts: ['-study_date', 'study_date'],
      cell: (study) => day(study.study_date),
      className: 'whitespace-nowrap',
    },
    {
      key: 'description',
      header: t('description'),
      className: 'w-full max-w-0 min-w-40 truncate',
      cell: (study) => <span title={study.description ?? undefined}>{study.description ?? '—'}</span>,
    },
    { key: 'modality', header: t('modality'), cell: (study) => <Modalities study={study} /> },
    { key: 'series', header: t('series'), align: 'right', cell: (study) => number(study.series_count) },
    { key: 'instances', header: t('instances'), align: 'right', cell: (study) => number(study.instance_count) },
    {
      key: 'size',
      header: t('size'),
      align: 'right',
      className: 'hidden lg:table-cell whitespace-nowrap text-muted',
      cell: (study) => bytes(study.size_bytes),
    },
    {
      key: 'created',
      header: t('received'),
      sorts: ['-created_at', 'created_at'],
      className: 'hidden 2xl:table-cell whitespace-nowrap text-muted tnum',
      cell: (study) => shortDateTime(study.created_at),
    },
    {
      key: 'view',
      header: t('common:list.actions'),
      quiet: true,
      className: 'w-0 text-right',
      cell: (study) => <ViewLink study={study} />,
    },
  ]
}

function StudyCard({ study }: { study: Study }) {
  const { t } = useTranslation('studies')
  return (
    <div className="flex flex-col gap-1 px-4 py-3">
      <div className="flex items-start justify-between gap-3">
        <StudyLink study={study} />
        <Modalities study={study} />
      </div>
      <p className="truncate text-muted">{study.description}</p>
      <p className="tnum flex justify-between gap-3 text-xs text-muted">
        <span>{study.mrn}</span>
        <span>
          {day(study.study_date)} ·{' '}
          {t('imagesCount', { count: study.instance_count, shown: number(study.instance_count) })}
        </span>
      </p>
      <div className="-ml-2">
        <ViewLink study={study} />
      </div>
    </div>
  )
}
