import { useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

/** After following a link, reading and tabbing go on at the new content, not after the link that is gone. */
export function useFocusOnNavigation(contentId: string): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const shown = useRef(path)
  useEffect(() => {
    if (path === shown.current) return
    const isFirst = shown.current === undefined
    shown.current = path
    const focused = document.activeElement
    const followedLink = focused === document.body || focused?.closest('a') !== null
    if (!isFirst && followedLink) document.getElementById(contentId)?.focus({ preventScroll: true })
  }, [path, contentId])
}
