import { BookmarkIcon, TrashIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Field, Input, Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui'
import { FormDialog } from '@/components/FormDialog'
import { removeView, saveView, viewsKey, viewsQuery } from '@/lib/api/archive'
import type { SavedView, WorklistFilters } from '@/lib/api/archiveTypes'
import { useChange } from '@/lib/hooks/useChange'
import type { StudySearch, StudySort } from './search'

const dashed = (day: string | null | undefined) => day?.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
const plain = (day: string | undefined) => day?.replaceAll('-', '')

/** What a saved view stands for in the address of the page. */
export const searchOf = ({ filters }: SavedView): StudySearch => ({
  q: filters.q ?? undefined,
  modality: filters.modality ?? undefined,
  date_from: dashed(filters.date_from),
  date_to: dashed(filters.date_to),
  sort: (filters.sort ?? undefined) as StudySort | undefined,
})

/** What of an address is kept with a view. */
export const filtersOf = (search: StudySearch): WorklistFilters => ({
  q: search.q,
  modality: search.modality,
  date_from: plain(search.date_from),
  date_to: plain(search.date_to),
  sort: search.sort,
})

export function SavedViews({ search, onChoose }: { search: StudySearch; onChoose: (search: StudySearch) => void }) {
  const { t } = useTranslation('studies')
  const views = useQuery(viewsQuery).data ?? []
  const [saving, setSaving] = useState(false)
  const remove = useChange(removeView, { stale: viewsKey, said: t('views.removed'), then: () => undefined })
  const hasFilter = Object.values(filtersOf(search)).some(Boolean)
  return (
    <>
      <Menu
        trigger={
          <Button>
            <BookmarkIcon className="size-4" aria-hidden />
            {t('views.label')}
          </Button>
        }
      >
        {views.length === 0 && <MenuLabel>{t('views.none')}</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.view_id} icon={BookmarkIcon} onSelect={() => onChoose(searchOf(view))}>
            {view.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem disabled={!hasFilter} onSelect={() => setSaving(true)}>
          {t(hasFilter ? 'views.save' : 'views.nothing')}
        </MenuItem>
        {views.map((view) => (
          <MenuItem key={view.view_id} icon={TrashIcon} danger onSelect={() => remove.mutate(view.view_id)}>
            {t('views.remove', { name: view.name })}
          </MenuItem>
        ))}
      </Menu>
      {saving && <SaveDialog search={search} onClose={() => setSaving(false)} />}
    </>
  )
}

function SaveDialog({ search, onClose }: { search: StudySearch; onClose: () => void }) {
  const { t } = useTranslation('studies')
  const [name, setName] = useState('')
  const save = useChange(saveView, { stale: viewsKey, said: t('views.saved'), then: onClose })
  return (
    <FormDialog
      title={t('views.save')}
      submit={t('views.keep')}
      onSubmit={() => save.mutate({ name, filters: filtersOf(search) })}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <Field label={t('views.name')}>
        {(control) => (
          <Input {...control} required maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}
