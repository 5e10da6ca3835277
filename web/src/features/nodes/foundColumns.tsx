import { useTranslation } from 'react-i18next'
import { Badge, Checkbox, type Column } from '@/components/ui'
import { day, number, personName } from '@/lib/format'
import { FetchState } from './FetchState'
import type { FoundStudy } from './question'
import type { Standing } from './standing'

export interface Row {
  study: FoundStudy
  standing: Standing
  canFetch: boolean
}

export interface FoundActs {
  picked: ReadonlySet<string>
  pick: (uid: string, on: boolean) => void
  fetch: (uid: string) => void
  /** Whether it is being ordered just now. */
  busy: (uid: string) => boolean
}

/** How a study is called where its row cannot be seen. */
export function useStudyTitle() {
  const { t } = useTranslation('nodes')
  return (study: FoundStudy) => t('search.studyOf', { name: personName(study.name), date: day(study.date) })
}

const Modalities = ({ study }: { study: FoundStudy }) => (
  <span className="inline-flex flex-wrap gap-1">
    {study.modalities.length === 0 && '—'}
    {study.modalities.map((modality) => (
      <Badge key={modality}>{modality}</Badge>
    ))}
  </span>
)

export function useFoundColumns(acts: FoundActs): Column<Row>[] {
  const { t } = useTranslation(['nodes', 'studies', 'common'])
  const title = useStudyTitle()
  return [
    {
      key: 'pick',
      header: t('search.choice'),
      quiet: true,
      className: 'w-0',
      cell: (row) => <Pick row={row} title={title(row.study)} {...acts} />,
    },
    {
      key: 'patient',
      header: t('search.patient'),
      className: 'font-medium whitespace-nowrap',
      cell: ({ study }) => personName(study.name),
    },
    {
      key: 'id',
      header: t('search.patientId'),
      className: 'tnum whitespace-nowrap text-muted',
      cell: ({ study }) => study.patientId || '—',
    },
    {
      key: 'birth',
      header: t('studies:birthDate'),
      className: 'hidden whitespace-nowrap text-muted lg:table-cell',
      cell: ({ study }) => day(study.birthDate),
    },
    {
      key: 'date',
      header: t('studies:studyDate'),
      className: 'whitespace-nowrap',
      cell: ({ study }) => day(study.date),
    },
    {
      key: 'description',
      header: t('studies:description'),
      className: 'w-full min-w-32',
      cell: ({ study }) => study.description || '—',
    },
    { key: 'modality', header: t('search.modality'), cell: ({ study }) => <Modalities study={study} /> },
    {
      key: 'images',
      header: t('search.images'),
      align: 'right',
      cell: ({ study }) => (study.images === undefined ? '—' : number(study.images)),
    },
    {
      key: 'accession',
      header: t('search.accession'),
      className: 'hidden tnum whitespace-nowrap text-muted lg:table-cell',
      cell: ({ study }) => study.accession || '—',
    },
    {
      key: 'state',
      header: t('common:list.actions'),
      quiet: true,
      className: 'min-w-28 text-right',
      cell: (row) => <FetchState row={row} title={title(row.study)} {...acts} />,
    },
  ]
}

/** A study as a block, on a phone. */
export function FoundLine({ row, title, ...acts }: { row: Row; title: string } & FoundActs) {
  const { t } = useTranslation(['nodes', 'studies'])
  const { study } = row
  const facts = [
    [t('search.patientId'), study.patientId],
    [t('studies:birthDate'), study.birthDate && day(study.birthDate)],
    [t('search.accession'), study.accession],
    [t('search.images'), study.images === undefined ? '' : number(study.images)],
  ].filter(([, value]) => value)
  return (
    <div className="flex gap-3 px-4 py-3">
      <Pick row={row} title={title} {...acts} />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex items-start justify-between gap-3">
          <p className="min-w-0 font-medium break-words">{personName(study.name)}</p>
          <Modalities study={study} />
        </div>
        <p className="break-words text-muted">{[day(study.date), study.description].filter(Boolean).join(' · ')}</p>
        <dl className="tnum flex flex-wrap gap-x-3 text-xs text-muted">
          {facts.map(([name, value]) => (
            <div key={name} className="flex gap-1">
              <dt>{name}</dt>
              <dd className="break-all text-text">{value}</dd>
            </div>
          ))}
        </dl>
        <FetchState row={row} title={title} {...acts} />
      </div>
    </div>
  )
}

function Pick({ row, title, picked, pick }: { row: Row; title: string } & FoundActs) {
  const { t } = useTranslation('nodes')
  const { uid } = row.study
  return (
    <Checkbox checked={row.canFetch && picked.has(uid)} disabled={!row.canFetch} onChange={(on) => pick(uid, on)}>
      <span className="sr-only">{t('search.pick', { study: title })}</span>
    </Checkbox>
  )
}
