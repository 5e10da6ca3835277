import { StarIcon } from '@heroicons/react/20/solid'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Pane } from '@/viewer/dicom'
import { keyImagesQuery } from './api'
import { useReadout } from './useEngine'

/** A star on an image that is worth showing. */
export function KeyImageMark({ pane, studyUid }: { pane: Pane; studyUid: string }) {
  const { t } = useTranslation('viewer')
  const { image } = useReadout(pane)
  const items = useQuery(keyImagesQuery(studyUid)).data?.items
  if (!image || !items?.some(({ sop_uid, frame }) => sop_uid === image.sopUid && frame === image.frame)) return null
  return (
    <span
      role="img"
      aria-label={t('keyImage')}
      className="pointer-events-none absolute top-1.5 left-1/2 translate-x-4 text-amber"
    >
      <StarIcon className="size-5" aria-hidden />
    </span>
  )
}
