import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Field, Select } from '@/components/ui'
import type { ClinicalRole, Profile, Tier, User } from '@/lib/api'
import { setUserRoles, usersKey } from '@/lib/api/admin'
import { FormDialog } from '@/components/FormDialog'
import { CLINICAL_ROLES, TIERS } from './roles'
import { useChange } from '@/lib/hooks/useChange'

export interface RolesDialogProps {
  user: User
  profile: Profile | undefined
  onClose: () => void
}

export function RolesDialog({ user, profile, onClose }: RolesDialogProps) {
  const { t } = useTranslation('admin')
  const [tier, setTier] = useState<Tier>(user.tier)
  const [role, setRole] = useState<ClinicalRole>(user.clinical_role)
  const save = useChange(
    () =>
      setUserRoles(user.user_id, {
        tier: tier === user.tier ? undefined : tier,
        clinical_role: role === user.clinical_role ? undefined : role,
      }),
    { stale: usersKey, said: t('users.rolesChanged', { name: user.username }), then: onClose },
  )
  const offered = TIERS.filter((name) => name !== 'SUPER_ADMIN' || profile?.tier === 'SUPER_ADMIN')
  return (
    <FormDialog
      title={t('users.rolesOf', { name: user.username })}
      submit={t('users.changeRoles')}
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
      busy={save.isPending}
      error={save.error}
    >
      <Field label={t('users.tier')} hint={t(`tierMeaning.${tier}`)}>
        {(control) => (
          <Select {...control} value={tier} onChange={(event) => setTier(event.target.value as Tier)}>
            {offered.map((name) => (
              <option key={name} value={name}>
                {t(`tier.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('users.role')} hint={t('users.roleHint')}>
        {(control) => (
          <Select {...control} value={role} onChange={(event) => setRole(event.target.value as ClinicalRole)}>
            {CLINICAL_ROLES.map((name) => (
              <option key={name} value={name}>
                {t(`role.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <p className="text-xs text-muted">{t('users.rolesNote')}</p>
    </FormDialog>
  )
}
