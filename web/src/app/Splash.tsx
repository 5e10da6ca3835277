import { useTranslation } from 'react-i18next'
import { Brand } from '@/components/Brand'
import { Button, Spinner } from '@/components/ui'
import { restoreSession } from '@/lib/session'

export function Splash({ unreachable }: { unreachable: boolean }) {
  const { t } = useTranslation()
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-6 text-center">
      <Brand />
      {unreachable ? (
        <div role="alert" className="flex flex-col items-center gap-3">
          <p className="max-w-sm text-muted">{t('state.unreachable')}</p>
          <Button variant="primary" onClick={() => void restoreSession()}>
            {t('action.retry')}
          </Button>
        </div>
      ) : (
        <p role="status" className="flex items-center gap-2 text-muted">
          <Spinner />
          {t('state.restoring')}
        </p>
      )}
    </main>
  )
}
