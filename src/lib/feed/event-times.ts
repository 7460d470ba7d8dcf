import { DAY, MINUTE } from '../model/window.ts'
import type { Clock } from '../time/clock.ts'

/** A frame so far from the time of those before it tells of no time that can be. */
const FURTHEST = DAY
/** So many frames in a row that agree with each other are right, and what came before them was not. */
const WITNESSES = 3
const AGREEMENT = MINUTE

/**
 * The time of one connection as its frames tell it. One that lies a day or more from where the frames before it, and the
 * local time that has passed since, have the clock of the venue, is not believed; several that agree are, as a machine
 * may have slept for days.
 */
export class EventTimes {
  readonly #clock: Clock
  #known: { readonly time: number; readonly at: number } | undefined
  #doubted: { readonly time: number; readonly count: number } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a frame can be of this time. */
  believes(time: number): boolean {
    const now = this.#clock.now()
    const known = this.#known
    const isNear = known === undefined || Math.abs(time - known.time - (now - known.at)) < FURTHEST
    if (!isNear && !this.#isWitnessed(time)) return false
    this.#doubted = undefined
    this.#known = { time, at: now }
    return true
  }

  #isWitnessed(time: number): boolean {
    const before = this.#doubted
    const count = before !== undefined && Math.abs(time - before.time) < AGREEMENT ? before.count + 1 : 1
    this.#doubted = { time, count }
    return count >= WITNESSES
  }
}
