import { MagnifyingGlassIcon } from '@heroicons/react/20/solid'
import { useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Field, Select, TextField } from '@/components/ui'
import { MODALITIES } from '@/lib/modalities'
import { keysOf } from './question'
import type { FindSearch } from './search'

export interface SearchFormProps {
  search: FindSearch
  busy: boolean
  onSearch: (search: FindSearch) => void
}

/** What is looked for; the node is asked when the form is sent, not at every letter. */
export function SearchForm({ search, busy, onSearch }: SearchFormProps) {
  const { t } = useTranslation(['nodes', 'common'])
  const form = useRef<HTMLFormElement>(null)
  const [draft, setDraft] = useState(search)
  const [shown, setShown] = useState(search)
  const [isEmpty, setEmpty] = useState(false)
  if (shown !== search) {
    // the address was changed elsewhere: by the back button
    setShown(search)
    setDraft(search)
  }
  const set = (change: Partial<FindSearch>) => {
    setDraft((old) => ({ ...old, ...change }))
    setEmpty(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const isNothing = keysOf(draft) === undefined
    setEmpty(isNothing)
    if (isNothing) form.current?.querySelector('input')?.focus()
    else onSearch(draft)
  }
  return (
    <form
      ref={form}
      onSubmit={submit}
      role="search"
      className="grid grid-cols-2 items-start gap-x-3 gap-y-4 p-4 xl:grid-cols-6"
    >
      <TextField
        label={t('search.name')}
        hint={t('search.nameHint')}
        error={isEmpty ? t('search.nothingAsked') : null}
        maxLength={200}
        autoComplete="off"
        className="col-span-2"
        value={draft.name ?? ''}
        onText={(name) => set({ name })}
      />
      <TextField
        label={t('search.patientId')}
        maxLength={64}
        autoComplete="off"
        className="xl:col-span-2"
        value={draft.patient_id ?? ''}
        onText={(patient_id) => set({ patient_id })}
      />
      <TextField
        label={t('search.accession')}
        maxLength={64}
        autoComplete="off"
        className="xl:col-span-2"
        value={draft.accession ?? ''}
        onText={(accession) => set({ accession })}
      />
      <TextField
        type="date"
        label={t('search.from')}
        max={draft.to}
        className="xl:col-span-2"
        value={draft.from ?? ''}
        onText={(from) => set({ from })}
      />
      <TextField
        type="date"
        label={t('search.to')}
        min={draft.from}
        className="xl:col-span-2"
        value={draft.to ?? ''}
        onText={(to) => set({ to })}
      />
      <Field label={t('search.modality')}>
        {(control) => (
          <Select {...control} value={draft.modality ?? ''} onChange={(event) => set({ modality: event.target.value })}>
            <option value="">{t('search.anyModality')}</option>
            {MODALITIES.map((modality) => (
              <option key={modality}>{modality}</option>
            ))}
          </Select>
        )}
      </Field>
      <Button type="submit" variant="primary" icon={MagnifyingGlassIcon} busy={busy} className="self-end">
        {t('search.submit')}
      </Button>
    </form>
  )
}
