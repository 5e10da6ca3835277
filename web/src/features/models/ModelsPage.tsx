import { CubeIcon } from '@heroicons/react/24/solid'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Button,
  Card,
  EmptyState,
  ErrorState,
  NoMatches,
  Page,
  Pagination,
  SearchField,
  Select,
  Skeleton,
} from '@/components/ui'
import { DEFAULT_SIZE } from '@/lib/search'
import { categoriesQuery, GALLERY_STATUSES, modelsQuery, type ModelInfo } from './api'
import { DeleteModel } from './DeleteModel'
import { EditModel } from './EditModel'
import { ModelCard } from './ModelCard'
import { validateModelSearch, type ModelSearch } from './search'

const GRID = 'grid grid-cols-[repeat(auto-fill,minmax(15rem,1fr))] gap-4'

export function ModelsPage() {
  const { t } = useTranslation(['models', 'common'])
  const search = validateModelSearch(useSearch({ strict: false }))
  const navigate = useNavigate()
  const [editing, setEditing] = useState<ModelInfo | null>(null)
  const [deleting, setDeleting] = useState<ModelInfo | null>(null)

  const { page = 1, size = DEFAULT_SIZE, q = '', category_id, status } = search
  const models = useQuery({
    ...modelsQuery({ page, size, q, category_id, status }),
    placeholderData: keepPreviousData,
  })
  const categories = useQuery(categoriesQuery)
  const filtered = Boolean(q || category_id || status)

  const go = (change: Partial<ModelSearch>) =>
    void navigate({ to: '/models', search: { ...search, page: undefined, ...change } as never, replace: true })
  const clear = () => go({ q: undefined, category_id: undefined, status: undefined })

  return (
    <Page title={t('title')} note={models.data && t('count', { count: models.data.total })}>
      <div className="mb-4 flex flex-wrap gap-2" role="search">
        <SearchField
          label={t('filter.text')}
          className="w-full sm:w-64"
          value={q}
          onSearch={(text) => go({ q: text || undefined })}
        />
        <Select
          aria-label={t('filter.category')}
          className="w-auto"
          value={category_id ?? ''}
          onChange={(event) => go({ category_id: event.target.value || undefined })}
        >
          <option value="">{t('filter.anyCategory')}</option>
          {categories.data?.map((category) => (
            <option key={category.category_id} value={category.category_id}>
              {category.name}
            </option>
          ))}
        </Select>
        <Select
          aria-label={t('filter.status')}
          className="w-auto"
          value={status ?? ''}
          onChange={(event) => go({ status: (event.target.value || undefined) as ModelSearch['status'] })}
        >
          <option value="">{t('filter.anyStatus')}</option>
          {GALLERY_STATUSES.map((each) => (
            <option key={each} value={each}>
              {t(`status.${each}`)}
            </option>
          ))}
        </Select>
        {filtered && (
          <Button variant="ghost" onClick={clear}>
            {t('common:action.clearFilters')}
          </Button>
        )}
      </div>

      {models.isPending && (
        <div className={GRID} aria-busy aria-label={t('common:state.loading')}>
          {Array.from({ length: 8 }, (_, i) => (
            <Card key={i}>
              <Skeleton className="aspect-[4/3] h-auto rounded-t-md" />
              <div className="flex flex-col gap-2 p-3">
                <Skeleton className="w-2/3" />
                <Skeleton className="w-1/3" />
              </div>
            </Card>
          ))}
        </div>
      )}
      {models.isError && !models.data && <ErrorState error={models.error} onRetry={() => void models.refetch()} />}
      {models.data?.total === 0 && (
        <Card>
          {filtered ? (
            <NoMatches onClear={clear} />
          ) : (
            <EmptyState
              icon={CubeIcon}
              title={t('empty.title')}
              action={
                <Button variant="primary" asChild>
                  <Link to="/upload">{t('empty.action')}</Link>
                </Button>
              }
            >
              {t('empty.text')}
            </EmptyState>
          )}
        </Card>
      )}
      {models.data && models.data.total > 0 && (
        <>
          <ul className={GRID}>
            {models.data.items.map((model) => (
              <li key={model.model_info_id}>
                <ModelCard
                  model={model}
                  category={categories.data?.find((each) => each.category_id === model.category_id)?.name}
                  onEdit={() => setEditing(model)}
                  onDelete={() => setDeleting(model)}
                />
              </li>
            ))}
          </ul>
          <div className="mt-4">
            <Pagination
              page={page}
              size={size}
              total={models.data.total}
              onPage={(next) => go({ page: next })}
              onSize={(next) => go({ size: next })}
            />
          </div>
        </>
      )}

      {editing && <EditModel model={editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteModel model={deleting} onClose={() => setDeleting(null)} />}
    </Page>
  )
}
