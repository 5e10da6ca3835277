/** The images around the one that is shown, nearest first: forwards and backwards in turn, `ahead` of them at most. */
export function centreOut(count: number, centre: number, ahead = count): number[] {
  const order: number[] = []
  for (let away = 0; order.length < Math.min(count, ahead) && away < count; away += 1) {
    if (centre + away < count) order.push(centre + away)
    if (away > 0 && centre - away >= 0) order.push(centre - away)
  }
  return order.slice(0, ahead)
}

export interface PrefetcherOptions {
  load: (index: number) => Promise<unknown>
  isLoaded: (index: number) => boolean
  atOnce: number
}

export interface Prefetcher {
  /** Fetch around this image from now on; what is under way is finished. */
  around(count: number, centre: number, ahead?: number): void
  stop(): void
}

/** Loads images before they are asked for, a few at a time; an image that fails is left to the one who looks at it. */
export function createPrefetcher({ load, isLoaded, atOnce }: PrefetcherOptions): Prefetcher {
  let wanted: number[] = []
  const running = new Set<number>()
  const failed = new Set<number>()

  function next(): void {
    while (running.size < atOnce && wanted.length > 0) {
      const index = wanted.shift()!
      if (running.has(index) || failed.has(index) || isLoaded(index)) continue
      running.add(index)
      void load(index)
        .catch(() => failed.add(index))
        .finally(() => {
          running.delete(index)
          next()
        })
    }
  }

  return {
    around(count, centre, ahead) {
      wanted = centreOut(count, centre, ahead)
      next()
    },
    stop() {
      wanted = []
    },
  }
}
