import { useEffect, useState } from 'react'

/** The clock, for ages that grow while nothing is fetched. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** How old something is by now that was this old when it was fetched; never younger than it was then. */
export const grown = (seconds: number, fetchedAt: number, now: number) => seconds + Math.max(0, now - fetchedAt) / 1000
