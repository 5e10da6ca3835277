import { AdjustmentsHorizontalIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card, DataTable, EmptyState, Page, SearchField, type Column } from '@/components/ui'
import type { ConfigEntry } from '@/lib/api'
import { configsQuery } from '@/lib/api/admin'
import { ConfigDialog } from './ConfigDialog'
import { isDefault, shown } from './configValue'

export function ConfigsPage() {
  const { t } = useTranslation(['admin', 'common'])
  const query = useQuery(configsQuery)
  const [text, setText] = useState('')
  const [editing, setEditing] = useState<ConfigEntry>()
  const wanted = useDeferredValue(text.trim().toLowerCase())
  const rows = query.data?.filter(({ key, description }) => `${key} ${description}`.toLowerCase().includes(wanted))
  const edit = (entry: ConfigEntry) => (
    <Button size="sm" aria-label={t('configs.editKey', { key: entry.key })} onClick={() => setEditing(entry)}>
      {t('common:action.edit')}
    </Button>
  )
  const columns: Column<ConfigEntry>[] = [
    {
      key: 'key',
      header: t('configs.key'),
      cell: (entry) => (
        <div className="py-1">
          <p className="font-medium">{entry.key}</p>
          <p className="text-xs text-muted">{entry.description}</p>
        </div>
      ),
    },
    {
      key: 'value',
      header: t('configs.value'),
      className: 'max-w-sm break-words tnum',
      cell: (entry) => <Value entry={entry} />,
    },
    {
      key: 'default',
      header: t('configs.default'),
      className: 'max-w-xs break-words tnum text-muted',
      cell: (entry) => shown(entry.default),
    },
    { key: 'edit', header: t('common:list.actions'), quiet: true, cell: edit, className: 'w-0 text-right' },
  ]
  return (
    <Page title={t('configs.title')} note={t('configs.note')}>
      <Card>
        <div className="border-b border-line px-4 py-2.5">
          <SearchField label={t('common:list.filterText')} value={text} onSearch={setText} className="md:w-72" />
        </div>
        <DataTable
          label={t('configs.title')}
          columns={columns}
          rows={rows}
          rowKey={(entry) => entry.key}
          card={(entry) => (
            <div className="flex items-start gap-3 px-4 py-3">
              <div className="min-w-0 flex-1">
                <p className="font-medium break-all">{entry.key}</p>
                <p className="text-xs text-muted">{entry.description}</p>
                <p className="mt-1 break-words">
                  <Value entry={entry} />
                </p>
              </div>
              {edit(entry)}
            </div>
          )}
          error={query.error}
          onRetry={() => void query.refetch()}
          empty={<EmptyState icon={AdjustmentsHorizontalIcon} title={t('common:state.noResultsTitle')} />}
        />
      </Card>
      {editing && <ConfigDialog entry={editing} onClose={() => setEditing(undefined)} />}
    </Page>
  )
}

function Value({ entry }: { entry: ConfigEntry }) {
  const { t } = useTranslation('admin')
  return (
    <>
      {shown(entry.value)}
      {!isDefault(entry) && (
        <Badge tone="blue" className="ml-2">
          {t('configs.changed')}
        </Badge>
      )}
    </>
  )
}
