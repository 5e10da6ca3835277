import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { studyQuery } from '@/lib/api/studies'
import { saveBlob } from '@/lib/download'
import { day, number, personName } from '@/lib/format'
import { toast } from '@/lib/toast'
import { pictureOf, type CornerLines, type Pane } from '@/viewer/dicom'
import { keyImagesKey, keyImagesQuery, markKeyImage, unmarkKeyImage } from './api'
import { printPicture } from './print'
import { useReading } from './state'

/** What leaves the viewer: pictures, and marks of images. */
export interface Acts {
  picture(pane: Pane): void
  print(pane: Pane): void
  keyImage(pane: Pane): void
}

export function useActs(studyUid: string): Acts {
  const { t } = useTranslation('viewer')
  const queryClient = useQueryClient()
  return useMemo(() => {
    // A prior study beside this one keeps its own name and date.
    const studyIn = ({ id }: Pane) =>
      useReading.getState().wishes.find((_, i) => id === `pane-${i}`)?.studyUid ?? studyUid
    const lines = (pane: Pane): CornerLines => {
      const study = queryClient.getQueryData(studyQuery(studyIn(pane)).queryKey)
      const { index, count, location, window, zoom, edges } = pane.readout()
      const stack = pane.stack()
      const present = (texts: (string | null | undefined | false)[]) =>
        texts.filter((text) => Boolean(text)) as string[]
      return {
        topLeft: present([
          study && personName(study.patient_name),
          study?.mrn,
          study?.birth_date && day(study.birth_date),
        ]),
        topRight: present([
          study?.description,
          study && day(study.study_date),
          [stack?.modality, stack?.description].filter(Boolean).join(' '),
        ]),
        bottomLeft: present([
          t('imageOf', { number: index + 1, count }),
          location !== null && `${number(location, 1)} mm`,
        ]),
        bottomRight: present([
          window && `W ${number(window.width)} · L ${number(window.center)}`,
          t('zoomed', { percent: number(zoom * 100) }),
        ]),
        edges,
      }
    }
    const made = async (pane: Pane, then: (blob: Blob) => void | Promise<void>) => {
      try {
        if (!pane.readout().image) throw new Error('nothing is drawn in this pane')
        await then(await pictureOf(pane.element, lines(pane)))
      } catch {
        toast('error', t('pictureFailed'))
      }
    }
    const toggleKey = async (pane: Pane) => {
      const { image } = pane.readout()
      if (!image) return
      const uid = studyIn(pane)
      const { items } = await queryClient.fetchQuery(keyImagesQuery(uid))
      const known = items.some(({ sop_uid, frame }) => sop_uid === image.sopUid && frame === image.frame)
      try {
        await (known ? unmarkKeyImage : markKeyImage)(uid, image.sopUid, image.frame)
      } catch {
        toast('error', t('keyImageFailed'))
      }
      await queryClient.invalidateQueries({ queryKey: keyImagesKey(uid) })
    }
    return {
      picture: (pane) =>
        void made(pane, (blob) =>
          saveBlob(blob, `${pane.stack()?.modality ?? 'image'}-${pane.readout().index + 1}.png`),
        ),
      print: (pane) => void made(pane, printPicture),
      keyImage: (pane) => void toggleKey(pane),
    }
  }, [queryClient, studyUid, t])
}
