import { isBelievable } from '../http/plausible-time.ts'
import { DAY, MINUTE } from '../model/window.ts'

/** A frame so far from the time of those before it tells of no time that can be. */
const FURTHEST = DAY
/** So many frames in a row that agree with each other are right, and what came before them was not. */
const WITNESSES = 3
const AGREEMENT = MINUTE

/**
 * The time of a feed as its frames tell it. One that lies a day or more from where the frames before it, and the local
 * time that has passed since, have the clock of the venue, is not believed; a machine that slept for a week believes
 * what comes at once, as its clock has gone on.
 */
export class EventTimes {
  readonly #localNow: () => number
  #known: { readonly time: number; readonly at: number } | undefined
  #doubted: { readonly time: number; readonly count: number } | undefined

  constructor(localNow: () => number) {
    this.#localNow = localNow
  }

  /** Whether a frame can be of this time. */
  believes(time: number): boolean {
    const now = this.#localNow()
    if (!isBelievable(time, now)) return false
    const isNear =
      this.#known === undefined || Math.abs(time - this.#known.time - (now - this.#known.at)) < FURTHEST
    if (!isNear && !this.#isWitnessed(time)) return false
    this.#doubted = undefined
    this.#known = { time, at: now }
    return true
  }

  #isWitnessed(time: number): boolean {
    const isSame = this.#doubted !== undefined && Math.abs(time - this.#doubted.time) < AGREEMENT
    const count = isSame && this.#doubted ? this.#doubted.count + 1 : 1
    this.#doubted = { time, count }
    return count >= WITNESSES
  }
}
