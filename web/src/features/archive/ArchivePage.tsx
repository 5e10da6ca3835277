import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, Page } from '@/components/ui'
import { may } from '@/lib/api/access'
import { profileQuery } from '@/lib/api/account'
import { ARCHIVE_ROOM } from '@/lib/api/archive'
import { useRoom } from '@/lib/realtime'
import { Exports } from './Exports'
import { Projects } from './Projects'
import { RetentionCard } from './RetentionCard'
import { TABS, type Tab } from './search'
import { StorageCard } from './StorageCard'
import { Trash } from './Trash'

export function ArchivePage() {
  const { t } = useTranslation('archive')
  const { tab = 'exports' } = useSearch({ from: '/member/archive' })
  const who = useQuery(profileQuery).data
  useRoom(ARCHIVE_ROOM)
  const open: Record<Tab, boolean> = {
    exports: true,
    trash: true,
    retention: may.manageRetention(who),
    storage: may.seeStorage(who),
  }
  return (
    <Page title={t('title')}>
      <nav aria-label={t('title')} className="mb-4 flex flex-wrap gap-1">
        {TABS.filter((each) => open[each]).map((each) => (
          <Button key={each} asChild variant={each === tab ? 'primary' : 'ghost'}>
            <Link to="/archive" search={{ tab: each }} aria-current={each === tab ? 'page' : undefined}>
              {t(`tab.${each}`)}
            </Link>
          </Button>
        ))}
      </nav>
      <div className="flex flex-col gap-4">
        {tab === 'exports' && (
          <>
            <Exports />
            <Projects />
          </>
        )}
        {tab === 'trash' && <Trash />}
        {tab === 'retention' && open.retention && <RetentionCard />}
        {tab === 'storage' && open.storage && <StorageCard />}
      </div>
    </Page>
  )
}
