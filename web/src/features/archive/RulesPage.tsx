import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/ui'
import { Peers } from './Peers'
import { RuleList } from './RuleList'
import { Runs } from './Runs'

export function RulesPage() {
  const { t } = useTranslation('archive')
  const search = useSearch({ from: '/member/admin/rules' })
  const navigate = useNavigate({ from: '/admin/rules' })
  return (
    <Page title={t('rules.title')} note={t('rules.note')}>
      <div className="flex flex-col gap-4">
        <RuleList />
        <Runs
          search={search}
          onChange={(next) =>
            void navigate({
              to: '/admin/rules',
              search: (old) => ({ ...old, page: undefined, ...next }),
              replace: true,
            })
          }
        />
        <Peers />
      </div>
    </Page>
  )
}
