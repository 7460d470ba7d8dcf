export interface ClockOptions {
  /** Venue time at which the clock starts; default the machine's time. */
  readonly startAt?: number
  /** Venue milliseconds per real millisecond: 1 is real time, 0 a clock that stands still. */
  readonly rate?: number
}

/** The simulated venue's own clock: what is closed, which minute a limit counts, when a ban ends. */
export interface VenueClock {
  readonly rate: number
  now(): number
  /** Moves the clock forward at once. */
  advance(ms: number): void
  /** Calls the listener whenever the clock was moved. */
  onAdvance(listener: () => void): void
}

export function createClock(
  { startAt = Date.now(), rate = 1 }: ClockOptions = {},
  readElapsed: () => number = () => performance.now(),
): VenueClock {
  const begin = readElapsed()
  let advanced = 0
  const listeners: (() => void)[] = []
  return {
    rate,
    now: () => Math.floor(startAt + advanced + (readElapsed() - begin) * rate),
    advance: (ms) => {
      advanced += Math.max(0, ms)
      for (const listener of listeners) listener()
    },
    onAdvance: (listener) => {
      listeners.push(listener)
    },
  }
}
