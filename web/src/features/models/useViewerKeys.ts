import { useEffect } from 'react'
import { keyAction, type ModelScene } from '@/viewer'

/** Controls that need only arrows, Home and End themselves: letters pressed on them are still meant for the scene. */
const STEPPERS = 'input[type=range], input[type=color], [role=menuitem]'

function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof Element)) return false
  if (target.closest('dialog, [role=menu]')) return true
  if (target.matches(STEPPERS)) return event.key.length > 1 || '+-0'.includes(event.key)
  return target.matches('input, textarea, select, [contenteditable]')
}

/** The scene's keys work wherever the focus is, except where the key is typed into something. */
export function useViewerKeys(scene: ModelScene | null): void {
  useEffect(() => {
    if (!scene) return
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || belongsToControl(event)) return
      const action = keyAction(event)
      if (!action) return
      event.preventDefault()
      scene.act(action)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [scene])
}
