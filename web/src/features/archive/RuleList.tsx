import { ArrowDownIcon, ArrowUpIcon } from '@heroicons/react/20/solid'
import { BoltIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  Badge,
  Button,
  Card,
  CardHeader,
  Confirm,
  DataTable,
  EmptyState,
  IconButton,
  type Column,
} from '@/components/ui'
import { orderRules, removeRule, rulesKey, rulesQuery, saveRule } from '@/lib/api/archive'
import type { Rule } from '@/lib/api/archiveTypes'
import { useChange } from '@/lib/hooks/useChange'
import { RuleEditor } from './RuleEditor'
import { useConditionText } from './useConditionText'

export function RuleList() {
  const { t } = useTranslation(['archive', 'common'])
  const query = useQuery(rulesQuery)
  const rules = query.data ?? []
  const [editing, setEditing] = useState<Rule | 'new'>()
  const [asked, setAsked] = useState<Rule>()
  const says = useConditionText()
  const remove = useChange(removeRule, {
    stale: rulesKey,
    said: t('rules.removed'),
    then: () => setAsked(undefined),
  })
  const arrange = useChange(orderRules, { stale: rulesKey, said: t('rules.arranged'), then: () => undefined })
  const toggle = useChange(saveRule, { stale: rulesKey, said: t('rules.saved'), then: () => undefined })
  const move = (rule: Rule, step: -1 | 1) => {
    const ids = rules.map((each) => each.rule_id)
    const at = ids.indexOf(rule.rule_id)
    ids.splice(at, 1)
    ids.splice(at + step, 0, rule.rule_id)
    arrange.mutate(ids)
  }
  const actions = (rule: Rule) => rule.actions.map((action) => t(`action.${action.kind}`)).join(' · ')
  const buttons = (rule: Rule) => (
    <span className="inline-flex items-center gap-1">
      <IconButton
        icon={ArrowUpIcon}
        label={t('rules.up', { name: rule.name })}
        disabled={rules[0] === rule}
        onClick={() => move(rule, -1)}
      />
      <IconButton
        icon={ArrowDownIcon}
        label={t('rules.down', { name: rule.name })}
        disabled={rules.at(-1) === rule}
        onClick={() => move(rule, 1)}
      />
      <Button
        size="sm"
        onClick={() =>
          toggle.mutate({
            rule_id: rule.rule_id,
            wish: { name: rule.name, enabled: !rule.enabled, conditions: rule.conditions, actions: rule.actions },
          })
        }
      >
        {t(rule.enabled ? 'rules.stop' : 'rules.start')}
      </Button>
      <Button size="sm" onClick={() => setEditing(rule)}>
        {t('rules.edit')}
      </Button>
      <Button size="sm" variant="dangerQuiet" onClick={() => setAsked(rule)}>
        {t('rules.remove')}
      </Button>
    </span>
  )
  const state = (rule: Rule) => (
    <Badge tone={rule.enabled ? 'green' : 'grey'} dot>
      {t(rule.enabled ? 'rules.on' : 'rules.off')}
    </Badge>
  )
  const columns: Column<Rule>[] = [
    { key: 'name', header: t('rules.name'), className: 'min-w-32 font-medium', cell: (rule) => rule.name },
    { key: 'state', header: t('rules.state'), cell: state },
    { key: 'when', header: t('rules.when'), className: 'w-1/2 min-w-48', cell: (rule) => says(rule.conditions) },
    { key: 'then', header: t('rules.then'), className: 'w-1/2 min-w-40', cell: actions },
    { key: 'buttons', header: t('common:list.actions'), quiet: true, className: 'w-0 text-right', cell: buttons },
  ]
  return (
    <Card>
      <CardHeader
        title={t('rules.list')}
        note={t('rules.listNote')}
        actions={
          <Button variant="primary" onClick={() => setEditing('new')}>
            {t('rules.new')}
          </Button>
        }
      />
      <DataTable
        label={t('rules.list')}
        columns={columns}
        rows={query.data}
        rowKey={(rule) => rule.rule_id}
        skeletonRows={3}
        card={(rule) => (
          <div className="flex flex-col gap-1.5 px-4 py-3">
            <p className="flex items-center justify-between gap-3 font-medium">
              {rule.name} {state(rule)}
            </p>
            <p className="text-sm">{says(rule.conditions)}</p>
            <p className="text-sm text-muted">{actions(rule)}</p>
            {buttons(rule)}
          </div>
        )}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState icon={BoltIcon} title={t('rules.emptyTitle')} className="py-8">
            {t('rules.empty')}
          </EmptyState>
        }
      />
      {editing && <RuleEditor rule={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {asked && (
        <Confirm
          open
          onClose={() => setAsked(undefined)}
          onConfirm={() => remove.mutate(asked.rule_id)}
          busy={remove.isPending}
          error={remove.error}
          title={t('rules.removeTitle', { name: asked.name })}
          confirm={t('rules.remove')}
        >
          <p>{t('rules.removeText')}</p>
        </Confirm>
      )}
    </Card>
  )
}
