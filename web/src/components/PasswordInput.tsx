import { EyeIcon, EyeSlashIcon } from '@heroicons/react/20/solid'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton, Input } from '@/components/ui'
import type { InputProps } from '@/components/ui/Field'

export function PasswordInput(props: Omit<InputProps, 'type'>) {
  const { t } = useTranslation('auth')
  const [visible, setVisible] = useState(false)
  return (
    <div className="relative">
      <Input {...props} type={visible ? 'text' : 'password'} className="pr-9" />
      <IconButton
        icon={visible ? EyeSlashIcon : EyeIcon}
        size="sm"
        label={visible ? t('hidePassword') : t('showPassword')}
        className="absolute top-0.5 right-0.5"
        onClick={() => setVisible(!visible)}
      />
    </div>
  )
}
