import { PlusIcon } from '@heroicons/react/20/solid'
import { ServerStackIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Card, Confirm, EmptyState, Page, PagedTable } from '@/components/ui'
import { may } from '@/lib/api/access'
import { profileQuery } from '@/lib/api/account'
import { nodesKey, nodesQuery, removeNode, type DicomNode } from '@/lib/api/nodes'
import { withPage, type PageSearch } from '@/lib/search'
import { useChange } from '@/lib/hooks/useChange'
import { NodeDialog } from './NodeDialog'
import { NodeLine, useNodeColumns } from './columns'
import { Ourselves } from './Ourselves'
import { Transfers } from './Transfers'

type Asked = { what: 'new' } | { what: 'edit' | 'remove'; node: DicomNode }

export function NodesPage() {
  const { t } = useTranslation('nodes')
  const search = useSearch({ from: '/member/admin/dicom-nodes' })
  const navigate = useNavigate({ from: '/admin/dicom-nodes' })
  const change = useCallback(
    (next: PageSearch) =>
      void navigate({ to: '/admin/dicom-nodes', search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  )
  const canManage = may.manageNodes(useQuery(profileQuery).data)
  const query = useQuery(nodesQuery(withPage(search)))
  const [asked, setAsked] = useState<Asked>()
  const close = () => setAsked(undefined)
  const ask = canManage ? (what: 'edit' | 'remove', node: DicomNode) => setAsked({ what, node }) : undefined
  const columns = useNodeColumns(ask)
  return (
    <Page
      title={t('title')}
      note={t('note')}
      actions={
        canManage && (
          <Button variant="primary" icon={PlusIcon} onClick={() => setAsked({ what: 'new' })}>
            {t('new')}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <Ourselves />
        <Card>
          <PagedTable
            label={t('title')}
            columns={columns}
            query={query}
            rowKey={(node) => node.id}
            card={(node) => <NodeLine node={node} onAsk={ask} />}
            onChange={change}
            empty={
              <EmptyState icon={ServerStackIcon} title={t('emptyTitle')}>
                {t('empty')}
              </EmptyState>
            }
          />
        </Card>
        <Transfers nodes={query.data?.items ?? []} canManage={canManage} />
      </div>
      {asked?.what === 'new' && <NodeDialog onClose={close} />}
      {asked?.what === 'edit' && <NodeDialog node={asked.node} onClose={close} />}
      {asked?.what === 'remove' && <RemoveNode node={asked.node} onClose={close} />}
    </Page>
  )
}

function RemoveNode({ node, onClose }: { node: DicomNode; onClose: () => void }) {
  const { t } = useTranslation('nodes')
  const remove = useChange(() => removeNode(node.id), {
    stale: nodesKey,
    said: t('removed', { title: node.ae_title }),
    then: onClose,
  })
  return (
    <Confirm
      open
      danger
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined)}
      busy={remove.isPending}
      error={remove.error}
      title={t('removeTitle', { title: node.ae_title })}
      confirm={t('remove')}
    >
      <p>{t('removeText')}</p>
    </Confirm>
  )
}
