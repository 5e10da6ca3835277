import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Dialog, Field, Input } from '@/components/ui'
import type { AskText } from '@/viewer/dicom'

interface Pending {
  before: string
  done: (text: string | null) => void
}

/** A promise of words: the tools of the picture wait for what the person types. */
export function useAskText() {
  const [pending, setPending] = useState<Pending | null>(null)
  const ask: AskText = useCallback((before) => new Promise((resolve) => setPending({ before, done: resolve })), [])
  const answer = (text: string | null) => {
    pending?.done(text)
    setPending(null)
  }
  return { ask, pending, answer }
}

export function AskTextDialog({
  pending,
  onAnswer,
}: {
  pending: Pending | null
  onAnswer: (text: string | null) => void
}) {
  const { t } = useTranslation(['viewer', 'common'])
  return (
    <Dialog open={pending !== null} onClose={() => onAnswer(null)} title={t('askText')}>
      {pending && (
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            const text = new FormData(event.currentTarget).get('text')
            onAnswer(typeof text === 'string' && text.trim() ? text.trim() : null)
          }}
        >
          <Field label={t('text')}>
            {(props) => (
              <Input {...props} name="text" defaultValue={pending.before} maxLength={200} autoComplete="off" />
            )}
          </Field>
          <div className="flex justify-end gap-2">
            <Button onClick={() => onAnswer(null)}>{t('common:action.cancel')}</Button>
            <Button type="submit" variant="primary">
              {t('common:action.save')}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
