import { createContext, use, useEffect, useState, useSyncExternalStore } from 'react'
import { createEngine, NO_READOUT, type AskText, type Engine, type Pane, type Readout } from '@/viewer/dicom'
import { useReading } from './state'

/** The engine of a study, for as long as the page shows it. */
export function useEngine(studyUid: string, askText: AskText): Engine | null {
  const [engine, setEngine] = useState<Engine | null>(null)
  const tool = useReading((state) => state.tool)
  useEffect(() => {
    const made = createEngine({ studyUid, askText })
    // Nothing can be drawn before the page has it.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setEngine(made)
    return () => {
      setEngine(null)
      made.dispose()
    }
  }, [studyUid, askText])
  useEffect(() => engine?.choose(tool), [engine, tool])
  return engine
}

export const EngineContext = createContext<Engine | null>(null)
export const useEngineHere = () => use(EngineContext)

const NEVER = () => () => undefined

/** What a pane says about itself, as it changes. */
export function useReadout(pane: Pane | null | undefined): Readout {
  return useSyncExternalStore(pane ? (changed) => pane.onChange(changed) : NEVER, () => pane?.readout() ?? NO_READOUT)
}
