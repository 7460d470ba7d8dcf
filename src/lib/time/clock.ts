import { setTimeout as delay } from 'node:timers/promises'

/** The local passing of time. Never what decides "now" of the market: that is the venue's clock. */
export interface Clock {
  /** Milliseconds that only ever go forward; the origin means nothing. */
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {})
  },
}
