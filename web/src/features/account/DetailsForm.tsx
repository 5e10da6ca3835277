import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { EmailField, PhoneField } from '@/components/AccountFields'
import { Button, Card, CardHeader, ErrorCallout, Field, Select, TextField } from '@/components/ui'
import type { Profile, ProfileChange } from '@/lib/api'
import { profileQuery, updateProfile } from '@/lib/api/account'
import { LANGUAGES, setLanguage, useLanguage, type Language } from '@/lib/i18n'
import { toast } from '@/lib/toast'

export function DetailsForm({ profile }: { profile: Profile }) {
  const { t } = useTranslation(['profile', 'common'])
  const queryClient = useQueryClient()
  const language = useLanguage((state) => state.language)
  const [name, setName] = useState(profile.display_name ?? '')
  const [email, setEmail] = useState(profile.email ?? '')
  const [phone, setPhone] = useState(profile.phone ?? '')
  const [wanted, setWanted] = useState<Language>()

  const save = useMutation({
    mutationFn: async (change: ProfileChange) => {
      await updateProfile(change)
      if (change.language) await setLanguage(change.language)
    },
    onSuccess: () => {
      toast('success', t('common:saved'))
      return queryClient.invalidateQueries({ queryKey: profileQuery.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({
      // The platform keeps a name always; an address or a number can be removed.
      display_name: name.trim() || undefined,
      email: email.trim() || null,
      phone: phone.trim() || null,
      language: wanted ?? language,
    })
  }

  return (
    <Card>
      <CardHeader title={t('details')} />
      <form onSubmit={submit}>
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <TextField label={t('displayName')} autoComplete="name" maxLength={128} value={name} onText={setName} />
          <Field label={t('common:language')}>
            {(control) => (
              <Select
                {...control}
                value={wanted ?? language}
                onChange={(event) => setWanted(event.target.value as Language)}
              >
                {Object.entries(LANGUAGES).map(([code, label]) => (
                  <option key={code} value={code}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <EmailField value={email} onText={setEmail} />
          <PhoneField value={phone} onText={setPhone} />
          {save.error && <ErrorCallout error={save.error} className="sm:col-span-2" />}
        </div>
        <div className="flex justify-end rounded-b-md border-t border-line bg-sunken px-4 py-3">
          <Button type="submit" variant="primary" busy={save.isPending}>
            {t('common:action.save')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
