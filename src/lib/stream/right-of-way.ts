import type { Clock } from '../time/clock.ts'

/** How often whoever waits looks again. */
const LOOK = 25
/** A feed that brings more than the database takes, for ever, must not stop all other work for ever. */
const LONGEST_WAIT = 10_000

export interface RightOfWayOptions {
  /** Whether rows of the feed wait for the database, or are on their way to it. */
  readonly isLiveWaiting: () => boolean
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Live rows go first: whoever works on stored ones asks here before each part of the work, and waits while there are any,
 * for ten seconds at most. So what is live is behind by one such part, however long the history is and however slow the
 * machine.
 */
export class RightOfWay {
  readonly #options: RightOfWayOptions

  constructor(options: RightOfWayOptions) {
    this.#options = options
  }

  async turn(): Promise<void> {
    const { isLiveWaiting, clock, signal } = this.#options
    const end = clock.now() + LONGEST_WAIT
    while (isLiveWaiting() && !signal.aborted && clock.now() < end)
      await clock.sleep(LOOK, signal).catch(() => {})
  }
}
