import { EllipsisVerticalIcon } from '@heroicons/react/20/solid'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Badge, Button, IconButton, Menu, MenuItem, type Column } from '@/components/ui'
import type { DicomNode } from '@/lib/api/nodes'
import { shortDateTime } from '@/lib/format'
import { EchoButton } from './EchoButton'

export const RIGHTS = ['may_store', 'may_query', 'may_retrieve', 'may_worklist'] as const

export type AskNode = ((what: 'edit' | 'remove', node: DicomNode) => void) | undefined

const address = (node: DicomNode) => (node.host ? `${node.host}:${node.port}` : '—')

export function useNodeColumns(onAsk: AskNode): Column<DicomNode>[] {
  const { t } = useTranslation(['nodes', 'common'])
  return [
    {
      key: 'title',
      header: t('aeTitle'),
      cell: (node) => (
        <>
          <span className="font-mono font-medium">{node.ae_title}</span>
          {node.description && <span className="block text-xs text-muted">{node.description}</span>}
        </>
      ),
    },
    { key: 'address', header: t('address'), cell: address, className: 'font-mono text-xs' },
    { key: 'rights', header: t('rights'), cell: (node) => <Rights node={node} /> },
    {
      key: 'seen',
      header: t('seen'),
      cell: (node) => (node.seen_at ? shortDateTime(node.seen_at) : t('never')),
      className: 'tnum whitespace-nowrap text-muted',
    },
    ...(onAsk
      ? [
          {
            key: 'actions',
            header: t('common:list.actions'),
            quiet: true,
            cell: (node: DicomNode) => <Actions node={node} onAsk={onAsk} />,
            className: 'w-0',
          },
        ]
      : []),
  ]
}

export function NodeLine({ node, onAsk }: { node: DicomNode; onAsk: AskNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="font-mono font-medium break-all">{node.ae_title}</p>
        <p className="text-xs break-all text-muted">{[node.description, address(node)].filter(Boolean).join(' · ')}</p>
        <Rights node={node} />
      </div>
      {onAsk && <Actions node={node} onAsk={onAsk} />}
    </div>
  )
}

function Rights({ node }: { node: DicomNode }) {
  const { t } = useTranslation('nodes')
  const granted = RIGHTS.filter((right) => node[right])
  if (granted.length === 0) return <span className="text-xs text-muted">{t('nothing')}</span>
  return (
    <span className="flex flex-wrap gap-1">
      {granted.map((right) => (
        <Badge key={right}>{t(right)}</Badge>
      ))}
    </span>
  )
}

function Actions({ node, onAsk }: { node: DicomNode; onAsk: NonNullable<AskNode> }) {
  const { t } = useTranslation('nodes')
  return (
    <span className="flex flex-wrap items-center justify-end gap-1 md:flex-nowrap">
      <EchoButton node={node} />
      {node.host && (
        <Button asChild size="sm">
          <Link
            to="/admin/dicom-nodes/$nodeId/search"
            params={{ nodeId: node.id }}
            aria-label={t('search.actionOf', { title: node.ae_title })}
          >
            {t('search.action')}
          </Link>
        </Button>
      )}
      <Menu
        trigger={<IconButton icon={EllipsisVerticalIcon} size="sm" label={t('actionsFor', { title: node.ae_title })} />}
      >
        <MenuItem onSelect={() => onAsk('edit', node)}>{t('edit')}</MenuItem>
        <MenuItem danger onSelect={() => onAsk('remove', node)}>
          {t('remove')}
        </MenuItem>
      </Menu>
    </span>
  )
}
