/** Smoothed speed of a transfer, from its progress reports. */
export class Rate {
  private last: { at: number; sent: number } | null = null
  private smoothed: number | null = null

  /** Returns bytes per second, or null while too little is known. */
  report(sent: number, at: number): number | null {
    if (!this.last || sent < this.last.sent) {
      this.last = { at, sent }
      return this.smoothed
    }
    const elapsed = (at - this.last.at) / 1000
    // Progress comes in bursts; shorter spans only measure the burst.
    if (elapsed < 0.5) return this.smoothed
    const now = (sent - this.last.sent) / elapsed
    this.smoothed = this.smoothed === null ? now : this.smoothed * 0.7 + now * 0.3
    this.last = { at, sent }
    return this.smoothed
  }

  reset(): void {
    this.last = null
    this.smoothed = null
  }
}
