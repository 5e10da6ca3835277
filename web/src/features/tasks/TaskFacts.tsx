import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Card, CardHeader } from '@/components/ui'
import { useAmount } from '@/components/useAmount'
import { useOptionTitle } from '@/components/useOptionTitle'
import type { Task } from '@/lib/api'
import { algorithmsQuery } from '@/lib/api/orders'
import { dateTime, number } from '@/lib/format'
import { useLanguage } from '@/lib/i18n'
import { fieldTitle, parameterFields, type ParameterField } from '@/lib/schema'
import { PaymentBadge } from './status'

export function TaskFacts({ task }: { task: Task }) {
  const { t } = useTranslation(['tasks', 'common'])
  const amount = useAmount()
  const price = task.price && task.price.amount > 0 && amount(task.price.amount, task.price.unit)
  return (
    <Card>
      <CardHeader title={t('facts.title')} />
      <dl className="divide-y divide-line">
        <Fact name={t('column.order')}>
          <span className="tnum break-all">{task.order_no}</span>
        </Fact>
        <Fact name={t('column.price')}>{price || t('common:none')}</Fact>
        {task.payment_status && (
          <Fact name={t('column.payment')}>
            <PaymentBadge status={task.payment_status} />
          </Fact>
        )}
        {task.study_uid && (
          <Fact name={t('facts.study')}>
            <Link
              to="/studies/$studyUid"
              params={{ studyUid: task.study_uid }}
              className="font-medium text-blue-text hover:underline"
            >
              {t('facts.openStudy')}
            </Link>
          </Fact>
        )}
        {task.assigned_engine_id && <Fact name={t('facts.engine')}>{task.assigned_engine_id}</Fact>}
        <Fact name={t('facts.attempt')}>{number(task.attempt)}</Fact>
        <Fact name={t('facts.priority')}>{number(task.priority)}</Fact>
        <Fact name={t('column.created')}>{dateTime(task.created_at)}</Fact>
        <Fact name={t('facts.started')}>{dateTime(task.started_at)}</Fact>
        <Fact name={t('facts.completed')}>{dateTime(task.completed_at)}</Fact>
      </dl>
      <Parameters task={task} />
    </Card>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-start gap-3 px-4 py-1.5">
      <dt className="min-w-24 flex-1 text-muted">{name}</dt>
      <dd className="max-w-[65%] min-w-0 text-right break-words">{children}</dd>
    </div>
  )
}

/** The parameters in the words of the algorithm's schema; unknown ones as they are. */
function Parameters({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const language = useLanguage((state) => state.language)
  const optionTitle = useOptionTitle()
  const algorithm = useQuery(algorithmsQuery).data?.items.find(({ name }) => name === task.task_type)
  const fields = algorithm ? parameterFields(algorithm.parameters) : []
  const entries = Object.entries(task.parameters).flatMap(([name, value]) =>
    flatten(fields.find((field) => field.name === name) ?? { name }, value),
  )
  if (entries.length === 0) return null

  const show = (field: Partial<ParameterField>, value: unknown): string => {
    if (typeof value === 'number') return number(value, 3)
    if (Array.isArray(value)) {
      const parts = value.map((part) => show(field, part))
      return field.kind === 'range' ? t('range', { low: parts[0], high: parts[1] }) : parts.join(', ')
    }
    return value === null || value === undefined ? '—' : optionTitle(field.schema ?? {}, value)
  }
  return (
    <>
      <h3 className="border-t border-line bg-sunken px-4 py-1.5 text-xs font-medium text-muted">
        {t('facts.parameters')}
      </h3>
      <dl className="divide-y divide-line border-t border-line">
        {entries.map(({ field, group, value }) => (
          <Fact
            key={`${group?.name ?? ''}.${field.name}`}
            name={[group, field]
              .filter((f) => f !== undefined)
              .map((f) => fieldTitle({ name: f.name, schema: f.schema ?? {} }, language))
              .join(' · ')}
          >
            {show(field, value)}
          </Fact>
        ))}
      </dl>
    </>
  )
}

type LooseField = Pick<ParameterField, 'name'> & { schema?: ParameterField['schema']; kind?: ParameterField['kind'] }

/** Groups of parameters become one line per member. */
function flatten(
  field: ParameterField | LooseField,
  value: unknown,
): { field: LooseField; group?: LooseField; value: unknown }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ field, value }]
  const inner = field.kind === 'group' && 'fields' in field ? field.fields : []
  return Object.entries(value as Record<string, unknown>).map(([name, part]) => ({
    field: inner.find((candidate) => candidate.name === name) ?? { name },
    group: field,
    value: part,
  }))
}
