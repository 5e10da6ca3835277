import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Card, CardBody, CardHeader, ErrorCallout, Input } from '@/components/ui'
import type { OwnAccount } from '@/lib/api'
import { accountsQuery, linkAccount, patientsKey, unlinkAccount } from '@/lib/api/patients'
import { useChange } from '@/lib/hooks/useChange'

/** The accounts with which the patient sees their own record. */
export function OwnAccounts({ patientId }: { patientId: string }) {
  const { t } = useTranslation('patients')
  const [user, setUser] = useState('')
  const { data, error } = useQuery(accountsQuery(patientId))
  const link = useChange(() => linkAccount(patientId, user), {
    stale: patientsKey,
    said: t('accounts.linked', { name: user }),
    then: () => setUser(''),
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    link.mutate(undefined)
  }
  return (
    <Card>
      <CardHeader title={t('accounts.title')} />
      <CardBody className="flex flex-col gap-3">
        <p className="text-muted">{t('accounts.text')}</p>
        <ErrorCallout error={error} />
        <ul className="flex flex-col gap-1">
          {data?.map((account) => (
            <Line key={account.user_id} patientId={patientId} account={account} />
          ))}
        </ul>
        <form onSubmit={send} className="flex gap-2">
          <Input
            aria-label={t('accounts.user')}
            placeholder={t('accounts.user')}
            autoComplete="off"
            required
            value={user}
            onChange={(event) => setUser(event.target.value)}
          />
          <Button type="submit" busy={link.isPending}>
            {t('accounts.link')}
          </Button>
        </form>
        <ErrorCallout error={link.error} />
      </CardBody>
    </Card>
  )
}

function Line({ patientId, account }: { patientId: string; account: OwnAccount }) {
  const { t } = useTranslation('patients')
  const unlink = useChange(() => unlinkAccount(patientId, account.user_id), {
    stale: patientsKey,
    said: t('accounts.unlinked', { name: account.username }),
    then: () => undefined,
  })
  return (
    <li className="flex items-center gap-3">
      <span className="min-w-0 flex-1 truncate font-medium">{account.display_name || account.username}</span>
      <Button
        size="sm"
        busy={unlink.isPending}
        aria-label={t('accounts.unlinkFor', { name: account.username })}
        onClick={() => unlink.mutate(undefined)}
      >
        {t('accounts.unlink')}
      </Button>
    </li>
  )
}
