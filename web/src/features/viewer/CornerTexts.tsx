import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { studyQuery } from '@/lib/api/studies'
import { day, number, personName } from '@/lib/format'
import { isLossy, type Pane, type Readout } from '@/viewer/dicom'
import { useReading } from './state'
import { useReadout } from './useEngine'

const CORNER =
  'pointer-events-none absolute flex max-w-[45%] flex-col text-xs leading-4 text-[#dbe4f0] text-shadow-picture'
const LETTER = 'pointer-events-none absolute text-sm font-semibold text-[#fcd07a] text-shadow-picture'

/** Who and what is seen, and how. */
export function CornerTexts({ pane, studyUid }: { pane: Pane; studyUid: string | undefined }) {
  const texts = useReading((state) => state.texts)
  const readout = useReadout(pane)
  if (!readout.image) return null
  return (
    <>
      {texts && studyUid && <Identity pane={pane} studyUid={studyUid} />}
      {texts && <Figures readout={readout} />}
      <Letters readout={readout} />
      {readout.loading && <LoadingMark />}
    </>
  )
}

/** Whose image it is, and of when: no picture is without it. */
export function Identity({ pane, studyUid }: { pane: Pane; studyUid: string }) {
  const { t } = useTranslation('studies')
  const study = useQuery(studyQuery(studyUid)).data
  const stack = pane.stack()
  const person = study && [study.sex && t(`sexes.${study.sex as 'M'}`, ''), study.birth_date && day(study.birth_date)]
  return (
    <>
      <div className={`${CORNER} top-1.5 left-2`}>
        <span className="truncate font-semibold">{study && personName(study.patient_name)}</span>
        <span className="truncate">{study?.mrn}</span>
        <span className="truncate">{person?.filter(Boolean).join(' · ')}</span>
      </div>
      <div className={`${CORNER} top-1.5 right-2 items-end text-right`}>
        <span className="truncate font-semibold">{study?.description}</span>
        <span className="tnum truncate">{study && day(study.study_date)}</span>
        <span className="truncate">
          {[stack?.modality, stack?.number !== null && `#${stack?.number}`, stack?.description]
            .filter(Boolean)
            .join(' ')}
        </span>
      </div>
    </>
  )
}

function Figures({ readout }: { readout: Readout }) {
  const { t } = useTranslation('viewer')
  const { image, window, index, count, location, thickness, zoom, plane } = readout
  return (
    <>
      <div className={`${CORNER} tnum bottom-1.5 left-2`} data-testid="figures">
        {count > 0 && <span>{t('imageOf', { number: index + 1, count })}</span>}
        {(location !== null || plane === 'oblique') && (
          <span>
            {[plane && t(`plane.${plane}`), location !== null && `${number(location, 1)} mm`].filter(Boolean).join(' ')}
            {thickness !== null && ` · ${t('slab', { mm: number(thickness, 1) })}`}
          </span>
        )}
        {image && isLossy(image) && <span className="text-amber-text">{t('lossy')}</span>}
      </div>
      <div className={`${CORNER} tnum right-2 bottom-1.5 items-end`}>
        {window && (
          <span>
            W {number(window.width)} · L {number(window.center)}
          </span>
        )}
        <span>{t('zoomed', { percent: number(zoom * 100) })}</span>
      </div>
    </>
  )
}

function Letters({ readout: { edges } }: { readout: Readout }) {
  if (!edges) return null
  return (
    <div data-testid="orientation">
      <span className={`${LETTER} top-1.5 left-1/2 -translate-x-1/2`}>{edges.top}</span>
      <span className={`${LETTER} bottom-1.5 left-1/2 -translate-x-1/2`}>{edges.bottom}</span>
      <span className={`${LETTER} top-1/2 left-2 -translate-y-1/2`}>{edges.left}</span>
      <span className={`${LETTER} top-1/2 right-2 -translate-y-1/2`}>{edges.right}</span>
    </div>
  )
}

function LoadingMark() {
  const { t } = useTranslation()
  return (
    <span role="status" className="pointer-events-none absolute right-2 bottom-12 text-xs text-amber-text">
      {t('state.loading')}…
    </span>
  )
}
