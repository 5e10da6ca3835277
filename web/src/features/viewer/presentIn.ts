import { lookOf, type Presentation } from '@/viewer/dicom'
import { reading, useReading } from './state'

/** Shows the first image of a presentation state as it wants to be seen. Returns the way back to how images are shown. */
export function presentIn(studyUid: string, seriesUid: string | null, state: Presentation): (() => void) | undefined {
  const [first] = state.images
  if (!seriesUid || !first) return
  const pane = useReading.getState().active
  const begin = { sopUid: first.sop_uid, frame: first.frames[0] ?? 1 }
  const wish = { studyUid, seriesUid, stackIndex: 0, begin, look: lookOf(state, begin) }
  reading.show(pane, wish)
  return () => {
    // somebody may have put another series there meanwhile
    if (useReading.getState().wishes[pane] === wish) reading.change(pane, { look: undefined })
  }
}
