import type { Engine } from '@/viewer/dicom'
import { reading, useReading } from './state'

interface Place {
  series_uid: string
  sop_uid: string | null
  frame: number | null
  points?: number[][]
}

/** Shows the image of a mark: in the pane that has its series already, else in the active one. */
export function jumpTo(engine: Engine, { series_uid, sop_uid, frame, points }: Place): void {
  const { active, wishes, studyUid } = useReading.getState()
  const panes = engine.panes()
  const pane =
    panes.find((each) => each.id === `pane-${active}` && each.stack()?.seriesUid === series_uid) ??
    panes.find((each) => each.stack()?.seriesUid === series_uid)
  const first = points?.[0]
  if (pane && pane.view().kind === 'stack') {
    const index = pane.stack()!.images.findIndex((image) => image.sopUid === sop_uid && image.frame === (frame ?? 1))
    if (index >= 0) return pane.goTo(index)
  }
  if (pane && first) return pane.goToPoint([first[0]!, first[1]!, first[2]!])
  reading.show(active, {
    studyUid: wishes[active]?.studyUid ?? studyUid,
    seriesUid: series_uid,
    stackIndex: 0,
    begin: sop_uid === null ? undefined : { sopUid: sop_uid, frame: frame ?? 1 },
  })
}
