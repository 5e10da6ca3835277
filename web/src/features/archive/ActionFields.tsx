import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Button, Checkbox, Select } from '@/components/ui'
import { may } from '@/lib/api/access'
import { usersQuery } from '@/lib/api/admin'
import { nodeNamesQuery, peersQuery, projectsQuery } from '@/lib/api/archive'
import type { RuleAction } from '@/lib/api/archiveTypes'
import { algorithmsQuery } from '@/lib/api/orders'
import { useCan } from '@/lib/hooks/useCan'
import { localized } from '@/lib/i18n'

const ROLES = ['ADMIN', 'DOCTOR', 'TECHNICIAN', 'NURSE'] as const
const KINDS = ['order_task', 'notify', 'forward_node', 'forward_web', 'deidentify'] as const

export interface ActionFieldsProps {
  action: RuleAction
  onChange: (action: RuleAction) => void
  onRemove: () => void
}

const EMPTY: Record<RuleAction['kind'], RuleAction> = {
  order_task: { kind: 'order_task', task_type: '', parameters: {}, payer_id: '' },
  notify: { kind: 'notify', user_ids: [], roles: [] },
  forward_node: { kind: 'forward_node', node_id: '' },
  forward_web: { kind: 'forward_web', peer_id: '' },
  deidentify: { kind: 'deidentify', project_id: '' },
}

export function ActionFields({ action, onChange, onRemove }: ActionFieldsProps) {
  const { t } = useTranslation('archive')
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-md border border-line p-3">
      <Select
        aria-label={t('action.label')}
        className="w-full sm:w-56"
        value={action.kind}
        onChange={(event) => onChange(EMPTY[event.target.value as RuleAction['kind']])}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`action.${kind}`)}
          </option>
        ))}
      </Select>
      <Details action={action} onChange={onChange} />
      <Button size="sm" variant="dangerQuiet" className="ml-auto" onClick={onRemove}>
        {t('rules.removeAction')}
      </Button>
    </div>
  )
}

function Details({ action, onChange }: Omit<ActionFieldsProps, 'onRemove'>) {
  const { t } = useTranslation('archive')
  const users = useQuery(usersQuery({ page: 1, size: 200 })).data?.items ?? []
  const algorithms = useQuery(algorithmsQuery).data?.items ?? []
  const projects = useQuery(projectsQuery).data ?? []
  const peers = useQuery(peersQuery).data ?? []
  const nodes =
    useQuery({ ...nodeNamesQuery, enabled: useCan(may.seeNodes) && action.kind === 'forward_node' }).data ?? []
  const people = users.map((user) => ({ value: user.user_id, label: user.display_name || user.username }))
  switch (action.kind) {
    case 'order_task':
      return (
        <>
          <Choice
            label={t('action.algorithm')}
            value={action.task_type}
            options={algorithms
              .filter((each) => each.input_kind !== 'none')
              .map((each) => ({ value: each.name, label: localized(each.title, each.name) }))}
            onChange={(task_type) => onChange({ ...action, task_type })}
          />
          <Choice
            label={t('action.payer')}
            value={action.payer_id}
            options={people}
            onChange={(payer_id) => onChange({ ...action, payer_id })}
          />
        </>
      )
    case 'notify':
      return (
        <>
          {ROLES.map((role) => (
            <Checkbox
              key={role}
              checked={action.roles.includes(role)}
              onChange={(on) =>
                onChange({
                  ...action,
                  roles: on ? [...action.roles, role] : action.roles.filter((each) => each !== role),
                })
              }
            >
              {t(`role.${role}`)}
            </Checkbox>
          ))}
          <Choice
            label={t('action.person')}
            value={action.user_ids[0] ?? ''}
            options={people}
            optional
            onChange={(user) => onChange({ ...action, user_ids: user ? [user] : [] })}
          />
        </>
      )
    case 'forward_node':
      return (
        <Choice
          label={t('action.node')}
          value={action.node_id}
          options={nodes.map((node) => ({ value: node.node_id, label: node.ae_title }))}
          onChange={(node_id) => onChange({ ...action, node_id })}
        />
      )
    case 'forward_web':
      return (
        <Choice
          label={t('action.peer')}
          value={action.peer_id}
          options={peers.map((peer) => ({ value: peer.peer_id, label: peer.name }))}
          onChange={(peer_id) => onChange({ ...action, peer_id })}
        />
      )
    case 'deidentify':
      return (
        <Choice
          label={t('action.project')}
          value={action.project_id}
          options={projects.map((project) => ({ value: project.project_id, label: project.name }))}
          onChange={(project_id) => onChange({ ...action, project_id })}
        />
      )
  }
}

interface ChoiceProps {
  label: string
  value: string
  options: { value: string; label: string }[]
  optional?: boolean
  onChange: (value: string) => void
}

function Choice({ label, value, options, optional, onChange }: ChoiceProps) {
  return (
    <Select
      aria-label={label}
      className="w-full sm:w-48"
      required={!optional}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{label}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </Select>
  )
}
