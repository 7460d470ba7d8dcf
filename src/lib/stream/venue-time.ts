import { MINUTE } from '../model/window.ts'
import type { Clock } from '../time/clock.ts'

/** A time that lies so far ahead is believed only when a second frame tells the same. */
const LEAP = 5 * MINUTE
const AGREEMENT = MINUTE

/** The venue's time as its own frames and answers tell it: it only goes forward. */
export class VenueTime {
  readonly #clock: Clock
  #time: number
  #at: number
  #leap: number | undefined

  constructor(clock: Clock, now: number) {
    this.#clock = clock
    this.#time = now
    this.#at = clock.now()
  }

  now(): number {
    return this.#time + (this.#clock.now() - this.#at)
  }

  /** What a frame says, or an answer. */
  observe(time: number): void {
    const now = this.now()
    if (time <= now) return
    if (time - now > LEAP && !this.#isConfirmed(time)) {
      this.#leap = time
      return
    }
    this.#leap = undefined
    this.#time = time
    this.#at = this.#clock.now()
  }

  #isConfirmed(time: number): boolean {
    return this.#leap !== undefined && Math.abs(time - this.#leap) < AGREEMENT
  }
}
