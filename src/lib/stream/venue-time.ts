import { DAY, MINUTE, SECOND } from '../model/window.ts'
import type { Clock } from '../time/clock.ts'

/** A time that lies so far ahead is believed only when a second frame tells the same. */
const LEAP = 2 * SECOND
/** So much may pass between two readings of the same time. */
const TOLERANCE = SECOND
const AGREEMENT = MINUTE

/** No frames are believed further ahead: after a sleep of days the venue's answer tells, within a minute. */
const FURTHEST = 7 * DAY

/** The venue's time as its frames tell it, which only goes forward, and as its answers tell it, which are right. */
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

  /** What the venue has answered to the question for its time. */
  correct(time: number): void {
    if (Math.abs(time - this.now()) <= TOLERANCE) return
    this.#time = time
    this.#at = this.#clock.now()
  }

  /** What a frame says. */
  observe(time: number): void {
    const now = this.now()
    if (time <= now || time - now > FURTHEST) return
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
