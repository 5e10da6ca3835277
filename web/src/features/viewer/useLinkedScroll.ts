import { useEffect } from 'react'
import { depthBetween, facesAlike, shifted, type Engine, type Pane } from '@/viewer/dicom'
import { useReading } from './state'

/**
 * Panes with parallel slices follow the active one. In one frame of reference they show the same place; two studies have
 * no place in common, so they keep the distance that they had when they were linked.
 */
export function useLinkedScroll(engine: Engine | null): void {
  const linked = useReading((state) => state.linked)
  const active = useReading((state) => state.active)
  const layout = useReading((state) => state.layout)
  useEffect(() => {
    if (!engine || !linked || layout === '1x1') return
    const leader = engine.panes().find(({ id }) => id === `pane-${active}`)
    if (!leader) return
    const stops = engine
      .panes()
      .filter((other) => other !== leader)
      .map((other) => follow(leader, other))
    return () => stops.forEach((stop) => stop())
  }, [engine, linked, active, layout])
}

/** Keeps a pane beside its leader; one that has only just got its pictures begins at the leader's place. */
function follow(leader: Pane, other: Pane): () => void {
  let distance = distanceOf(leader, other)
  let last = leader.readout().image
  let series = other.readout().image && other.stack()?.id
  const come = () => {
    const [ours, theirs] = [leader.readout().image?.plane, other.readout().image?.plane]
    const point = leader.point()
    if (ours && theirs && point && facesAlike(ours, theirs)) other.goToPoint(shifted(ours, point, distance))
  }
  const stops = [
    leader.onChange(({ image }) => {
      if (image === last) return
      last = image
      come()
    }),
    other.onChange(({ image, loading }) => {
      const now = image && other.stack()?.id
      if (!now || loading || now === series) return
      series = now
      distance = 0
      come()
    }),
  ]
  return () => stops.forEach((stop) => stop())
}

/** How far a pane lies from its leader along the leader's normal, in mm; nothing within one frame of reference. */
function distanceOf(leader: Pane, other: Pane): number {
  const [ours, theirs] = [leader.readout().image, other.readout().image]
  const [from, to] = [leader.point(), other.point()]
  if (!ours?.plane || !theirs || !from || !to || ours.frameOfReference === theirs.frameOfReference) return 0
  return depthBetween(ours.plane, from, to)
}
