import { EllipsisVerticalIcon, TrashIcon } from '@heroicons/react/20/solid'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Callout, Confirm, Field, IconButton, Menu, MenuItem, Select } from '@/components/ui'
import { FormDialog } from '@/components/FormDialog'
import { may } from '@/lib/api/access'
import { askExport, deleteStudy, exportsKey, projectsQuery, trashKey } from '@/lib/api/archive'
import type { ExportForm } from '@/lib/api/archiveTypes'
import type { StudyDetail } from '@/lib/api'
import { studiesKey } from '@/lib/api/studies'
import { number, personName } from '@/lib/format'
import { useCan } from '@/lib/hooks/useCan'
import { useChange } from '@/lib/hooks/useChange'
import { SendDialog } from './SendDialog'

/** Giving a study away. */
export function StudyActions({ study }: { study: StudyDetail }) {
  const { t } = useTranslation('studies')
  const maySend = useCan(may.manageNodes)
  const [open, setOpen] = useState<'export' | 'send'>()
  const close = () => setOpen(undefined)
  return (
    <>
      <Button onClick={() => setOpen('export')}>{t('export.action')}</Button>
      {maySend && <Button onClick={() => setOpen('send')}>{t('send.action')}</Button>}
      {open === 'export' && <ExportDialog study={study} onClose={close} />}
      {open === 'send' && <SendDialog study={study} onClose={close} />}
    </>
  )
}

/** What is not to be pressed by mistake. */
export function MoreStudyActions({ study }: { study: StudyDetail }) {
  const { t } = useTranslation('studies')
  const mayDelete = useCan(may.deleteStudies)
  const [asking, setAsking] = useState(false)
  if (!mayDelete) return null
  return (
    <>
      <Menu trigger={<IconButton icon={EllipsisVerticalIcon} label={t('more')} />}>
        <MenuItem danger icon={TrashIcon} onSelect={() => setAsking(true)}>
          {t('delete.action')}
        </MenuItem>
      </Menu>
      {asking && <DeleteConfirm study={study} onClose={() => setAsking(false)} />}
    </>
  )
}

function ExportDialog({ study, onClose }: { study: StudyDetail; onClose: () => void }) {
  const { t } = useTranslation('studies')
  const projects = useQuery(projectsQuery).data ?? []
  const navigate = useNavigate()
  const [form, setForm] = useState<ExportForm>('zip')
  const [project, setProject] = useState('')
  const ask = useChange(askExport, {
    stale: exportsKey,
    said: t('export.asked'),
    then: () => {
      onClose()
      void navigate({ to: '/archive', search: { tab: 'exports' } })
    },
  })
  return (
    <FormDialog
      title={t('export.title')}
      submit={t('export.submit')}
      onSubmit={() => ask.mutate({ study_uids: [study.study_uid], form, project_id: project || undefined })}
      onClose={onClose}
      busy={ask.isPending}
      error={ask.error}
    >
      <Field label={t('export.form')}>
        {(control) => (
          <Select {...control} value={form} onChange={(event) => setForm(event.target.value as ExportForm)}>
            {(['zip', 'dicomdir', 'copy'] as const).map((each) => (
              <option key={each} value={each}>
                {t(`export.${each}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('export.project')}>
        {(control) => (
          <Select
            {...control}
            required={form === 'copy'}
            value={project}
            onChange={(event) => setProject(event.target.value)}
          >
            <option value="">{t('export.identified')}</option>
            {projects.map((each) => (
              <option key={each.project_id} value={each.project_id}>
                {each.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {!project && form !== 'copy' && <Callout tone="warning">{t('export.identityNote')}</Callout>}
    </FormDialog>
  )
}

function DeleteConfirm({ study, onClose }: { study: StudyDetail; onClose: () => void }) {
  const { t } = useTranslation('studies')
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const remove = useChange(deleteStudy, {
    stale: trashKey,
    said: t('delete.done'),
    then: () => {
      void navigate({ to: '/studies' }).then(() => queryClient.invalidateQueries({ queryKey: studiesKey }))
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => remove.mutate({ uid: study.study_uid, reason: '' })}
      busy={remove.isPending}
      error={remove.error}
      title={t('delete.title')}
      confirm={t('delete.confirm')}
    >
      <p>{t('delete.text', { count: number(study.instance_count), name: personName(study.patient_name) })}</p>
    </Confirm>
  )
}
