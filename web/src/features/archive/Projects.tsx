import { EyeSlashIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Button,
  Callout,
  Card,
  CardHeader,
  Checkbox,
  Confirm,
  DataTable,
  EmptyState,
  Field,
  Input,
  TextArea,
  type Column,
} from '@/components/ui'
import { FormDialog } from '@/components/FormDialog'
import { may } from '@/lib/api/access'
import { makeProject, projectsKey, projectsQuery, removeProject } from '@/lib/api/archive'
import { DEID_OPTIONS, type DeidOption, type Project } from '@/lib/api/archiveTypes'
import { shortDateTime } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'
import { useChange } from '@/lib/hooks/useChange'
import { regionsFrom } from './regions'

export function Projects() {
  const { t } = useTranslation(['archive', 'common'])
  const query = useQuery(projectsQuery)
  const canManage = useCan(may.manageProjects)
  const [making, setMaking] = useState(false)
  const [asked, setAsked] = useState<Project>()
  const remove = useChange(removeProject, {
    stale: projectsKey,
    said: t('projects.removed'),
    then: () => setAsked(undefined),
  })
  const action = (project: Project) =>
    canManage && (
      <Button size="sm" variant="dangerQuiet" onClick={() => setAsked(project)}>
        {t('projects.remove')}
      </Button>
    )
  const options = (project: Project) => project.options.map((option) => t(`option.${option}`)).join(' · ')
  const columns: Column<Project>[] = [
    { key: 'name', header: t('projects.name'), className: 'min-w-40 font-medium', cell: (project) => project.name },
    { key: 'prefix', header: t('projects.prefix'), cell: (project) => <Prefix of={project} /> },
    { key: 'options', header: t('projects.options'), className: 'w-full text-muted', cell: options },
    {
      key: 'created',
      header: t('projects.made'),
      className: 'whitespace-nowrap tnum text-muted',
      cell: (project) => shortDateTime(project.created_at),
    },
    { key: 'action', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: action },
  ]
  return (
    <Card>
      <CardHeader
        title={t('projects.title')}
        note={t('projects.note')}
        actions={canManage && <Button onClick={() => setMaking(true)}>{t('projects.new')}</Button>}
      />
      <DataTable
        label={t('projects.title')}
        columns={columns}
        rows={query.data}
        rowKey={(project) => project.project_id}
        skeletonRows={2}
        card={(project) => (
          <div className="flex items-center gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="font-medium">
                {project.name} <Prefix of={project} />
              </p>
              <p className="text-xs text-muted">{options(project)}</p>
            </div>
            {action(project)}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState icon={EyeSlashIcon} title={t('projects.emptyTitle')} className="py-8">
            {t('projects.empty')}
          </EmptyState>
        }
      />
      {making && <NewProject onClose={() => setMaking(false)} />}
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          onConfirm={() => remove.mutate(asked.project_id)}
          busy={remove.isPending}
          error={remove.error}
          title={t('projects.removeTitle', { name: asked.name })}
          confirm={t('projects.remove')}
        >
          <p>{t('projects.removeText')}</p>
        </Confirm>
      )}
    </Card>
  )
}

const Prefix = ({ of }: { of: Project }) => (
  <span className="font-mono text-xs font-normal whitespace-nowrap text-muted">{of.prefix}</span>
)

function NewProject({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('archive')
  const [name, setName] = useState('')
  const [prefix, setPrefix] = useState('ANON')
  const [options, setOptions] = useState<DeidOption[]>(['dates', 'patient', 'descriptors', 'content'])
  const [areas, setAreas] = useState('')
  const regions = regionsFrom(areas)
  const make = useChange(makeProject, { stale: projectsKey, said: t('projects.isMade'), then: onClose })
  const toggle = (option: DeidOption, on: boolean) =>
    setOptions((old) => (on ? [...old, option] : old.filter((each) => each !== option)))
  return (
    <FormDialog
      title={t('projects.new')}
      submit={t('projects.make')}
      onSubmit={() => regions && make.mutate({ name, prefix, options, regions })}
      onClose={onClose}
      busy={make.isPending}
      error={make.error}
    >
      <Callout tone="info">{t('projects.fixed')}</Callout>
      <div className="grid grid-cols-[1fr_7rem] gap-3">
        <Field label={t('projects.name')}>
          {(control) => (
            <Input
              {...control}
              required
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('projects.prefix')}>
          {(control) => (
            <Input
              {...control}
              required
              pattern="[A-Z0-9]{1,8}"
              value={prefix}
              onChange={(event) => setPrefix(event.target.value.toUpperCase())}
            />
          )}
        </Field>
      </div>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-xs font-medium">{t('projects.options')}</legend>
        {DEID_OPTIONS.map((option) => (
          <Checkbox key={option} checked={options.includes(option)} onChange={(on) => toggle(option, on)}>
            {t(`option.${option}`)}
          </Checkbox>
        ))}
      </fieldset>
      {options.includes('pixels') && (
        <Field
          label={t('projects.areas')}
          hint={t('projects.areasHint')}
          error={regions ? undefined : t('projects.areasWrong')}
        >
          {(control) => (
            <TextArea
              {...control}
              className="font-mono text-xs"
              placeholder="US 0 0 800 40"
              value={areas}
              onChange={(event) => setAreas(event.target.value)}
            />
          )}
        </Field>
      )}
    </FormDialog>
  )
}
