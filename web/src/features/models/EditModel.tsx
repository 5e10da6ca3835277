import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Dialog, ErrorCallout, Field, Input, Select, TextArea } from '@/components/ui'
import { categoriesQuery, changeModel, createCategory, modelsKey, type ModelInfo } from './api'

const NEW = '+'

/** Name, description and category; a category that is missing is made on the way. */
export function EditModel({ model, onClose }: { model: ModelInfo; onClose: () => void }) {
  const { t } = useTranslation(['models', 'common'])
  const client = useQueryClient()
  const form = useId()
  const categories = useQuery(categoriesQuery)
  const [name, setName] = useState(model.name)
  const [description, setDescription] = useState(model.description ?? '')
  const [category, setCategory] = useState(model.category_id ?? '')
  const [newCategory, setNewCategory] = useState('')

  const save = useMutation({
    mutationFn: async () => {
      let category_id: string | null = category || null
      if (category === NEW) {
        category_id = (await createCategory(newCategory.trim())).category_id
        setCategory(category_id) // a second try after a failure below must not make it twice
        await client.invalidateQueries({ queryKey: categoriesQuery.queryKey })
      }
      await changeModel(model.model_info_id, { name: name.trim(), description: description.trim(), category_id })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: modelsKey })
      onClose()
    },
  })
  const complete = name.trim() !== '' && (category !== NEW || newCategory.trim() !== '')

  return (
    <Dialog
      open
      onClose={onClose}
      title={t('edit.title')}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button variant="primary" type="submit" form={form} busy={save.isPending} disabled={!complete}>
            {t('common:action.save')}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (complete) save.mutate()
        }}
      >
        <Field label={t('edit.name')}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={200}
              required
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('edit.description')} optional>
          {(control) => (
            <TextArea
              {...control}
              value={description}
              maxLength={2000}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('edit.category')} optional>
          {(control) => (
            <Select {...control} value={category} onChange={(event) => setCategory(event.target.value)}>
              <option value="">{t('edit.noCategory')}</option>
              {categories.data?.map((each) => (
                <option key={each.category_id} value={each.category_id}>
                  {each.name}
                </option>
              ))}
              <option value={NEW}>{t('edit.newCategory')}</option>
            </Select>
          )}
        </Field>
        {category === NEW && (
          <Field label={t('edit.newCategoryName')}>
            {(control) => (
              <Input
                {...control}
                value={newCategory}
                maxLength={100}
                required
                autoFocus
                onChange={(event) => setNewCategory(event.target.value)}
              />
            )}
          </Field>
        )}
        <ErrorCallout error={save.error} />
      </form>
    </Dialog>
  )
}
