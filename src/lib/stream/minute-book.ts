import { MINUTE, normalize, pointsToWindows, subtract, type Window } from '../model/window.ts'

/** Which minutes of one symbol are in hand, from the first one wanted on. Holds nothing of what is done without a hole. */
export class MinuteBook {
  /** All minutes before are in hand. */
  #doneUntil: number
  /** Those in hand beyond a hole. */
  readonly #ahead = new Set<number>()
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
    if (minute < this.#doneUntil || this.#ahead.has(minute)) return false
    this.#ahead.add(minute)
    this.#advance()
    return true
  }

  /** Stored by somebody else, or known to be absent. */
  settle(windows: readonly Window[]): void {
    for (const { from, to } of normalize(windows)) {
      if (from <= this.#doneUntil) this.#doneUntil = Math.max(this.#doneUntil, to)
      else for (let minute = from; minute < to; minute += MINUTE) this.#ahead.add(minute)
    }
    for (const minute of this.#ahead) if (minute < this.#doneUntil) this.#ahead.delete(minute)
    this.#advance()
  }

  /** What was in hand is lost. */
  forget(windows: readonly Window[]): void {
    for (const { from, to } of windows) {
      for (let minute = from; minute < to; minute += MINUTE) this.#ahead.delete(minute)
      if (from >= this.#doneUntil) continue
      for (let minute = to; minute < this.#doneUntil; minute += MINUTE) this.#ahead.add(minute)
      this.#doneUntil = from
    }
  }

  /** Not in hand although over. */
  missing(until: number): Window[] {
    const wanted = { from: this.#doneUntil, to: Math.min(until, this.endsAt) }
    if (wanted.from >= wanted.to) return []
    return subtract([wanted], pointsToWindows([...this.#ahead], MINUTE))
  }

  #advance(): void {
    while (this.#ahead.delete(this.#doneUntil)) this.#doneUntil += MINUTE
  }
}
