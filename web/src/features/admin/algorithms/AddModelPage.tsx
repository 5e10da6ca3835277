import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, Callout, ErrorCallout, Field, FileInput, Page, Progress } from '@/components/ui'
import { addModel, managedAlgorithmsKey, managedAlgorithmsQuery } from '@/lib/api/algorithms'
import { bytes } from '@/lib/format'
import { toast } from '@/lib/toast'
import { draftOf, emptyDraft, manifestOf } from './draft'
import { Section } from './fields'
import { ManifestFields } from './ManifestFields'

export function AddModelPage() {
  const { t } = useTranslation(['algorithms', 'common'])
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const limit = useQuery(managedAlgorithmsQuery).data?.max_model_bytes
  const [file, setFile] = useState<File>()
  const [draft, setDraft] = useState(emptyDraft)
  const [unread, setUnread] = useState(false)
  const [sent, setSent] = useState(0)
  const abort = useRef<AbortController>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const tooLarge = file && limit !== undefined && file.size > limit

  const add = useMutation({
    mutationFn: (model: File) => {
      abort.current = new AbortController()
      setSent(0)
      const onProgress = (done: number, total: number) => setSent((100 * done) / total)
      return addModel(model, manifestOf(draft), onProgress, abort.current.signal)
    },
    onSuccess: async ({ name, version }) => {
      toast('success', t('form.added', { name, version }))
      await queryClient.invalidateQueries({ queryKey: managedAlgorithmsKey })
      await navigate({ to: '/admin/algorithms' })
    },
  })
  const stopped = add.error instanceof DOMException

  const take = async (manifest: File | undefined) => {
    if (!manifest) return
    try {
      setDraft(draftOf(JSON.parse(await manifest.text())))
      setUnread(false)
    } catch {
      setUnread(true)
    }
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (file && !tooLarge) add.mutate(file)
  }
  return (
    <Page title={t('add')} note={t('form.note')} back={<Link to="/admin/algorithms">← {t('title')}</Link>} narrow>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Section title={t('form.files')}>
          <Field
            label={t('form.file')}
            hint={limit !== undefined && t('form.fileHint', { size: bytes(limit) })}
            error={tooLarge ? t('form.fileTooLarge') : undefined}
          >
            {(control) => (
              <FileInput
                {...control}
                accept=".onnx"
                required={!file}
                onChange={(event) => setFile(event.target.files?.[0])}
              />
            )}
          </Field>
          <Field
            label={t('form.manifest')}
            hint={t('form.manifestHint')}
            error={unread ? t('form.manifestUnread') : undefined}
            optional
          >
            {(control) => (
              <FileInput
                {...control}
                accept=".json,application/json"
                onChange={(event) => void take(event.target.files?.[0])}
              />
            )}
          </Field>
        </Section>
        <ManifestFields draft={draft} onChange={(change) => setDraft((old) => ({ ...old, ...change }))} />
        {Boolean(add.error) && !stopped && <ErrorCallout error={add.error} />}
        {stopped && <Callout tone="warning">{t('form.stopped')}</Callout>}
        {add.isPending && (
          <div className="flex flex-col gap-1 text-sm" aria-live="polite">
            <Progress value={sent} label={t('form.sending')} />
            <p>{t(sent < 100 ? 'form.sending' : 'form.checking')}</p>
          </div>
        )}
        <div className="flex justify-end gap-2">
          {add.isPending && <Button onClick={() => abort.current?.abort()}>{t('common:action.cancel')}</Button>}
          <Button variant="primary" type="submit" busy={add.isPending}>
            {t('form.send')}
          </Button>
        </div>
      </form>
    </Page>
  )
}
