import { useCallback, useEffect } from 'react'
import type { StudyDetail } from '@/lib/api'
import { commandOf, CT_PRESETS, type Command, type Engine, type Pane } from '@/viewer/dicom'
import { hasPictures } from './series'
import type { Acts } from './useActs'
import { reading, useReading, type Layout } from './state'
import { useBeside } from './usePrior'

export type Run = (command: Command) => void

const LAYOUT_OF: Record<'one' | 'four', Layout> = { one: '1x1', four: '2x2' }
const CINE_FPS = 15

/** What every button and key of the viewer does. */
export function useCommands(engine: Engine | null, study: StudyDetail | undefined, acts: Acts): Run {
  const beside = useBeside(study)
  return useCallback(
    (command) => {
      const state = useReading.getState()
      if (command.do === 'tool') return reading.tool(command.tool)
      if (command.do === 'series') return study && otherSeries(study, command.step)
      if (command.do === 'layout') {
        if (command.layout === 'mpr') return state.wishes[state.active]?.view ? reading.stack() : reading.planes()
        if (command.layout === 'volume') return reading.change(state.active, { view: { kind: 'body', preset: 'bone' } })
        return command.layout === 'two' ? beside() : reading.layout(LAYOUT_OF[command.layout])
      }
      if (pageCommand(command)) return
      const pane = engine?.panes().find(({ id }) => id === `pane-${state.active}`)
      if (command.do === 'undo') return engine?.marks.undo()
      if (command.do === 'remove') {
        const selected = engine?.marks.selected()
        return selected ? engine?.marks.remove(selected) : undefined
      }
      if (!pane) return
      if (command.do === 'picture' || command.do === 'print' || command.do === 'keyImage') return acts[command.do](pane)
      paneCommand(pane, command)
    },
    [engine, study, acts, beside],
  )
}

function pageCommand(command: Command): boolean {
  switch (command.do) {
    case 'help':
    case 'tags':
      reading.dialog(command.do)
      return true
    case 'measurements':
    case 'overlays':
    case 'report':
      reading.togglePanel(command.do)
      return true
    case 'link':
      reading.toggleLink()
      return true
    case 'texts':
      reading.toggleTexts()
      return true
    case 'next':
      reading.next()
      return true
    case 'cine':
      reading.cine(useReading.getState().cine === null ? CINE_FPS : null)
      return true
    case 'escape':
      reading.tool('window')
      reading.cine(null)
      return true
    case 'fullscreen':
      void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen())
      return true
    default:
      return false
  }
}

function paneCommand(pane: Pane, command: Command): void {
  switch (command.do) {
    case 'preset': {
      const preset = CT_PRESETS.find(({ name }) => name === command.preset)
      if (preset && pane.stack()?.modality === 'CT') pane.setWindow(preset)
      return
    }
    case 'scroll':
      return pane.scroll(command.steps)
    case 'end':
      return pane.goTo(command.which === 'first' ? 0 : pane.readout().count - 1)
    case 'zoom':
      return pane.zoom(command.factor)
    case 'pan':
      return pane.pan(command.dx, command.dy)
    case 'flip':
      return pane.flip(command.direction)
    case 'turn':
      return pane.turn(90)
    case 'invert':
      return pane.invert()
    case 'auto':
      return pane.autoWindow()
    case 'fit':
      return pane.fit()
    case 'reset':
      return pane.reset()
    default:
      return
  }
}

function otherSeries(study: StudyDetail, step: number): void {
  const { active, wishes } = useReading.getState()
  const pictures = study.series.filter(hasPictures)
  const now = pictures.findIndex(({ series_uid }) => series_uid === wishes[active]?.seriesUid)
  const next = pictures[now + step]
  if (next) reading.show(active, { studyUid: study.study_uid, seriesUid: next.series_uid, stackIndex: 0 })
}

/** Keys mean nothing to the viewer while they are typed into something or steer a menu. */
function isTyping(event: KeyboardEvent): boolean {
  const { target } = event
  if (!(target instanceof Element)) return false
  if (target.closest('[role=menu]')) return true
  // a dialog that has just closed has the focus for a moment yet
  const dialog = target.closest('dialog')
  if (dialog) return dialog.open
  if (target.matches('input[type=range]')) return event.key.startsWith('Arrow') || ['Home', 'End'].includes(event.key)
  return target.matches('input, textarea, select, [contenteditable]')
}

/** On a button Space and Enter press it, wherever else they mean the picture. */
const pressesButton = (event: KeyboardEvent) =>
  event.key === ' ' && event.target instanceof Element && event.target.closest('button, a, summary') !== null

export function useKeys(run: Run): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || pressesButton(event)) return
      const command = commandOf(event)
      if (!command) return
      event.preventDefault()
      run(command)
    }
    // On the way down: a picture that has the focus keeps keys to itself.
    window.addEventListener('keydown', press, true)
    return () => window.removeEventListener('keydown', press, true)
  }, [run])
}
