import { EllipsisHorizontalIcon, PencilSquareIcon, TrashIcon } from '@heroicons/react/20/solid'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Badge, Card, IconButton, Menu, MenuItem } from '@/components/ui'
import { personName, shortDateTime } from '@/lib/format'
import type { ModelInfo } from './api'
import { TaskState } from './TaskState'
import { Thumbnail } from './Thumbnail'

export interface ModelCardProps {
  model: ModelInfo
  category?: string
  onEdit: () => void
  onDelete: () => void
}

export function ModelCard({ model, category, onEdit, onDelete }: ModelCardProps) {
  const { t } = useTranslation(['models', 'common'])
  return (
    <Card className="relative flex h-full flex-col transition-shadow focus-within:shadow-float hover:shadow-float">
      <Thumbnail url={model.thumbnail_url} />
      <div className="flex flex-1 flex-col gap-1 p-3">
        <div className="flex items-start gap-1">
          <h2 className="min-w-0 flex-1 text-sm font-semibold break-words">
            {/* The whole card is the link's target; what follows lies above it. */}
            <Link
              to="/models/$modelInfoId"
              params={{ modelInfoId: model.model_info_id }}
              className="after:absolute after:inset-0 after:rounded-md"
            >
              {model.name || model.order_no}
            </Link>
          </h2>
          <Menu
            trigger={
              <IconButton
                icon={EllipsisHorizontalIcon}
                size="sm"
                label={t('card.actions', { name: model.name })}
                className="relative -mt-1 -mr-1"
              />
            }
          >
            <MenuItem icon={PencilSquareIcon} onSelect={onEdit}>
              {t('edit.open')}
            </MenuItem>
            <MenuItem icon={TrashIcon} danger onSelect={onDelete}>
              {t('common:action.delete')}
            </MenuItem>
          </Menu>
        </div>
        <p className="text-xs text-muted">
          {[
            model.patient_name && personName(model.patient_name),
            model.status === 'ENABLED' && t('card.parts', { count: model.model_count }),
            shortDateTime(model.created_at),
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
        <div className="relative mt-auto flex flex-wrap items-center gap-1.5 pt-1.5">
          {model.status === 'ENABLED' ? (
            <Badge tone="green" dot>
              {t('status.ENABLED')}
            </Badge>
          ) : (
            <TaskState taskId={model.task_id} bar />
          )}
          {category && <Badge>{category}</Badge>}
        </div>
      </div>
    </Card>
  )
}
