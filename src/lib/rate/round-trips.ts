import type { Budget } from '../venue/budget.ts'

/** The first ones may all have opened a connection, and tell of more than the way there and back. */
const ENOUGH = 100
/** So much of a window is set off for what the shortest way varies by. */
const MARGIN_PART = 100
/** Of a longer window a round trip is no part worth a thought. */
const SHORT_WINDOW = 10_000

/**
 * How long requests of one lane are under way at least: the way to where the venue counts them, and from there back. What
 * leaves at `t` is counted after the one way, and what was answered at `t` was counted before the other: two requests are
 * counted at least a window apart where the second leaves a window less this time after the first was answered.
 */
export class RoundTrips {
  #shortest = Number.POSITIVE_INFINITY
  #count = 0

  /** Of an answer, whatever it said; from `clock.now()` at its sending to the same at its end. */
  note(ms: number): void {
    this.#shortest = Math.min(this.#shortest, ms)
    this.#count += 1
  }

  /** Milliseconds before the end of an answer from which its weight counts for one window, by what leaves on this lane. */
  leadFor({ windowMs, scope }: Budget): number {
    // Another lane has another way there.
    if (this.#count < ENOUGH || windowMs > SHORT_WINDOW || scope === 'key') return 0
    return Math.max(0, this.#shortest - windowMs / MARGIN_PART)
  }
}
