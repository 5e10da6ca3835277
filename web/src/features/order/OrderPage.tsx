import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Callout, Card, CardBody, CardHeader, ErrorState, Page, Skeleton } from '@/components/ui'
import { orderFromStudy, type Order } from '@/lib/api/orders'
import { pointsKey } from '@/lib/api/points'
import { studyQuery } from '@/lib/api/studies'
import { tasksKey } from '@/lib/api/tasks'
import { day, number, personName } from '@/lib/format'
import { OrderForm } from './OrderForm'
import { BLANK, type Draft } from './useDraft'

/** Orders a task on images that are here already. */
export function OrderPage() {
  const { t } = useTranslation('order')
  const search = useSearch({ from: '/member/order' })
  if (!search.study_uid) {
    return (
      <Page title={t('orderTitle')} narrow>
        <Callout>{t('noStudy')}</Callout>
      </Page>
    )
  }
  return <OrderOnStudy studyUid={search.study_uid} seriesUid={search.series_uid} />
}

function OrderOnStudy({ studyUid, seriesUid }: { studyUid: string; seriesUid?: string }) {
  const { t } = useTranslation('order')
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const study = useQuery(studyQuery(studyUid))
  const [draft, setDraft] = useState<Draft>(BLANK)
  const order = useMutation({
    mutationFn: (wanted: Order) => orderFromStudy({ study_uid: studyUid, series_uid: seriesUid }, wanted),
    onSuccess: ({ task_id: taskId }) => {
      void queryClient.invalidateQueries({ queryKey: tasksKey })
      void queryClient.invalidateQueries({ queryKey: pointsKey })
      return navigate({ to: '/tasks/$taskId', params: { taskId } })
    },
  })
  const series = study.data?.series.find((item) => item.series_uid === seriesUid)

  return (
    <Page
      title={t('orderTitle')}
      narrow
      back={
        <Link to="/studies/$studyUid" params={{ studyUid }} className="text-blue-text hover:underline">
          {t('backToStudy')}
        </Link>
      }
    >
      <div className="flex flex-col gap-4">
        <Card>
          <CardHeader title={t('images')} />
          {study.error && !study.data ? (
            <ErrorState error={study.error} onRetry={() => void study.refetch()} />
          ) : (
            <CardBody>
              {study.data ? (
                <>
                  <p className="font-medium">
                    {personName(study.data.patient_name)}
                    <span className="ml-2 font-normal text-muted">{study.data.mrn}</span>
                  </p>
                  <p className="text-muted">
                    {[day(study.data.study_date), study.data.description].filter(Boolean).join(' · ')}
                  </p>
                  {series && (
                    <p className="mt-1 text-muted">
                      {[
                        series.modality,
                        series.description,
                        t('imagesCount', { count: series.instance_count, shown: number(series.instance_count) }),
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </p>
                  )}
                  {series?.gate && !series.gate.ok && (
                    <Callout tone="warning" className="mt-3" title={t('gateTitle')}>
                      {series.gate.message}
                    </Callout>
                  )}
                </>
              ) : (
                <div className="flex flex-col gap-2">
                  <Skeleton className="w-48" />
                  <Skeleton className="w-72" />
                </div>
              )}
            </CardBody>
          )}
        </Card>
        <Card>
          <CardHeader title={t('order')} />
          <OrderForm
            draft={draft}
            onChange={setDraft}
            onOrder={(wanted) => order.mutate(wanted)}
            namePlaceholder={series?.description ?? study.data?.description ?? undefined}
            submitLabel={t('submit')}
            busy={order.isPending}
            error={order.error}
          />
        </Card>
      </div>
    </Page>
  )
}
