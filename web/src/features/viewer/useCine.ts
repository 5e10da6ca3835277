import { useEffect } from 'react'
import type { Engine } from '@/viewer/dicom'
import { useReading } from './state'

/** Moves the active pane by itself, from the last picture to the first again. */
export function useCine(engine: Engine | null): void {
  const cine = useReading((state) => state.cine)
  const active = useReading((state) => state.active)
  useEffect(() => {
    const pane = engine?.panes().find(({ id }) => id === `pane-${active}`)
    if (!pane || cine === null) return
    let frame = 0
    let last = performance.now()
    const step = (now: number) => {
      frame = requestAnimationFrame(step)
      const { index, count, loading } = pane.readout()
      // A picture that is still on its way is waited for, so that none is left out.
      if (loading || count < 2 || now - last < 1000 / cine) return
      last = now
      pane.goTo((index + 1) % count)
    }
    frame = requestAnimationFrame(step)
    return () => cancelAnimationFrame(frame)
  }, [engine, cine, active])
}
