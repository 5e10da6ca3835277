import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormDialog } from '@/components/FormDialog'
import { Callout, Field, Select } from '@/components/ui'
import type { StudyDetail } from '@/lib/api'
import { nodesQuery, sendToNode, transfersKey } from '@/lib/api/nodes'
import { useChange } from '@/lib/hooks/useChange'

const ALL = { page: 1, size: 100 }

/** Sends a study to a workstation or another archive (C-STORE). */
export function SendDialog({ study, onClose }: { study: StudyDetail; onClose: () => void }) {
  const { t } = useTranslation('studies')
  const navigate = useNavigate()
  const nodes = useQuery(nodesQuery(ALL)).data?.items.filter(({ host }) => host)
  const [id, setId] = useState('')
  const send = useChange(sendToNode, {
    stale: transfersKey,
    said: t('send.asked'),
    then: () => {
      onClose()
      void navigate({ to: '/admin/dicom-nodes' })
    },
  })
  return (
    <FormDialog
      title={t('send.title')}
      submit={t('send.submit')}
      onSubmit={() => send.mutate({ id, studyUid: study.study_uid })}
      onClose={onClose}
      busy={send.isPending}
      error={send.error}
    >
      <Field label={t('send.node')}>
        {(control) => (
          <Select {...control} required value={id} onChange={(event) => setId(event.target.value)}>
            <option value="" />
            {nodes?.map((each) => (
              <option key={each.id} value={each.id}>
                {[each.ae_title, each.description].filter(Boolean).join(' · ')}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {nodes?.length === 0 && <Callout tone="warning">{t('send.noNode')}</Callout>}
    </FormDialog>
  )
}
