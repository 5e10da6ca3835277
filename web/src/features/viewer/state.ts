import { create } from 'zustand'
import type { Fused, Look, Tool, View } from '@/viewer/dicom'

export const LAYOUTS = ['1x1', '1x2', '2x1', '2x2'] as const
export type Layout = (typeof LAYOUTS)[number]
export const PANE_COUNT: Record<Layout, number> = { '1x1': 1, '1x2': 2, '2x1': 2, '2x2': 4 }
export const PANES = [0, 1, 2, 3] as const

/** What a pane is asked to show. */
export interface PaneWish {
  studyUid: string
  seriesUid: string
  /** Which part of the series, where it has several. */
  stackIndex: number
  /** The picture to begin with: by its place, or by what it is. */
  index?: number
  begin?: { sopUid: string; frame: number }
  /** Its own slices, if nothing is said. */
  view?: View
  /** A series laid over it in colours. */
  fused?: Fused
  /** How a presentation state wants it to be seen. */
  look?: Look
}

export type SidePanel = 'measurements' | 'overlays' | 'report' | null

interface Reading {
  studyUid: string
  layout: Layout
  wishes: (PaneWish | null)[]
  active: number
  tool: Tool
  linked: boolean
  /** Pictures a second; null while it stands. */
  cine: number | null
  texts: boolean
  /** Whether an earlier study was looked for, to hang beside this one, and there is none. */
  noPrior: boolean
  panel: SidePanel
  /** Whether the panel of overlays has been looked at: from then on it stays. */
  overlaysOpened: boolean
  dialog: 'tags' | 'help' | null
}

const fresh = (studyUid: string): Reading => ({
  studyUid,
  layout: '1x1',
  wishes: [null, null, null, null],
  active: 0,
  tool: 'window',
  linked: true,
  cine: null,
  texts: true,
  noPrior: false,
  panel: null,
  overlaysOpened: false,
  dialog: null,
})

export const useReading = create<Reading>(() => fresh(''))

const set = useReading.setState

export const reading = {
  open(studyUid: string) {
    set(fresh(studyUid))
  },
  show(pane: number, wish: PaneWish) {
    set(({ wishes }) => ({ wishes: wishes.map((old, i) => (i === pane ? wish : old)), active: pane, cine: null }))
  },
  /** Fills a pane that is still empty, while the reader goes on with another. */
  fill(pane: number, wish: PaneWish) {
    set(({ wishes }) => ({ wishes: wishes.map((old, i) => (i === pane ? (old ?? wish) : old)) }))
  },
  layout(layout: Layout) {
    set(({ active }) => ({ layout, active: Math.min(active, PANE_COUNT[layout] - 1), noPrior: false }))
  },
  noPrior: () => set({ noPrior: true }),
  activate(active: number) {
    if (useReading.getState().active !== active) set({ active, cine: null })
  },
  change(pane: number, change: Partial<PaneWish>) {
    set(({ wishes }) => ({ wishes: wishes.map((old, i) => (i === pane && old ? { ...old, ...change } : old)) }))
  },
  /** Lays a series over a pane's plane, and over the other planes of the same series. */
  fuse(pane: number, fused: Fused | undefined) {
    set(({ wishes }) => {
      const seriesUid = wishes[pane]?.seriesUid
      const fits = (wish: PaneWish) => wish.seriesUid === seriesUid && wish.view?.kind === 'plane'
      return { wishes: wishes.map((old) => (old && fits(old) ? { ...old, fused } : old)) }
    })
  },
  /** The three planes of what the active pane shows, and the body. */
  planes() {
    const { wishes, active } = useReading.getState()
    const wish = wishes[active]
    if (!wish) return
    const base = { ...wish, index: undefined, fused: undefined }
    const plane = (which: 'axial' | 'coronal' | 'sagittal'): PaneWish => ({
      ...base,
      view: { kind: 'plane', plane: which, slab: null },
    })
    set({
      layout: '2x2',
      active: 0,
      cine: null,
      tool: 'crosshairs',
      wishes: [
        plane('axial'),
        plane('sagittal'),
        plane('coronal'),
        { ...base, view: { kind: 'body', preset: 'bone' } },
      ],
    })
  },
  /** Back to the slices as they were made. */
  stack() {
    const { wishes, active } = useReading.getState()
    const wish = wishes[active]
    if (!wish) return
    const plain = { ...wish, view: undefined, fused: undefined }
    set({ layout: '1x1', active: 0, tool: 'window', wishes: [plain, null, null, null] })
  },
  next() {
    const { active, layout } = useReading.getState()
    reading.activate((active + 1) % PANE_COUNT[layout])
  },
  tool: (tool: Tool) => set({ tool }),
  toggleLink: () => set(({ linked }) => ({ linked: !linked })),
  toggleTexts: () => set(({ texts }) => ({ texts: !texts })),
  cine: (cine: number | null) => set({ cine }),
  togglePanel: (panel: Exclude<SidePanel, null>) =>
    set((old) => ({
      panel: old.panel === panel ? null : panel,
      overlaysOpened: old.overlaysOpened || panel === 'overlays',
    })),
  dialog: (dialog: Reading['dialog']) => set({ dialog }),
}
