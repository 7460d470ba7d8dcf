import { MINUTE, normalize, subtract, type Window } from '../model/window.ts'

/** Which minutes of one symbol are in hand, from the first one wanted on. Holds a window for each hole, and no more. */
export class MinuteBook {
  /** All minutes before are in hand. */
  #doneUntil: number
  /** What is in hand beyond a hole; normalized. */
  #ahead: readonly Window[] = []
  /** No minute from here on is expected: the contract has ended. */
  endsAt = Number.POSITIVE_INFINITY

  constructor(from: number) {
    this.#doneUntil = from
  }

  get doneUntil(): number {
    return this.#doneUntil
  }

  /** False where the minute was in hand already, or is not wanted. */
  receive(minute: number): boolean {
    if (minute < this.#doneUntil) return false
    if (this.#ahead.some(({ from, to }) => minute >= from && minute < to)) return false
    this.settle([{ from: minute, to: minute + MINUTE }])
    return true
  }

  /** Stored by somebody else, or known to be absent. */
  settle(windows: readonly Window[]): void {
    const [first, ...later] = normalize([
      { from: Number.NEGATIVE_INFINITY, to: this.#doneUntil },
      ...this.#ahead,
      ...windows,
    ])
    this.#doneUntil = first?.to ?? this.#doneUntil
    this.#ahead = later
  }

  /** What was in hand is lost. */
  forget(windows: readonly Window[]): void {
    const inHand = [{ from: Number.NEGATIVE_INFINITY, to: this.#doneUntil }, ...this.#ahead]
    const [first, ...later] = subtract(inHand, windows)
    this.#doneUntil = first?.to ?? this.#doneUntil
    this.#ahead = later
  }

  /** Not in hand although over. */
  missing(until: number): Window[] {
    const wanted = { from: this.#doneUntil, to: Math.min(until, this.endsAt) }
    return wanted.from < wanted.to ? subtract([wanted], this.#ahead) : []
  }
}
