import { sampleOf } from '../errors.ts'
import type { Clock } from '../time/clock.ts'
import type { OnFeedEvent } from './events.ts'
import { waitOut } from './wait.ts'

const INTERVAL = 10_000

/** Tells of the first unreadable frame at once and of those that follow in sums: a venue may send nothing else. */
export class BadFrames {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #tell: OnFeedEvent
  #count = 0
  #last: { readonly frame: Buffer; readonly reason: string } | undefined
  #isQuiet = false

  constructor(clock: Clock, signal: AbortSignal, tell: OnFeedEvent) {
    this.#clock = clock
    this.#signal = signal
    this.#tell = tell
  }

  note(frame: Buffer, reason: string): void {
    this.#count += 1
    this.#last = { frame, reason }
    if (this.#isQuiet) return
    this.#isQuiet = true
    this.#report()
    void this.#sum()
  }

  async #sum(): Promise<void> {
    while (await waitOut(this.#clock, INTERVAL, this.#signal)) {
      if (this.#count === 0) break
      this.#report()
    }
    this.#isQuiet = false
  }

  #report(): void {
    if (!this.#last) return
    const { frame, reason } = this.#last
    const count = this.#count
    this.#count = 0
    this.#tell({ type: 'bad-frame', sample: sampleOf(frame.toString('utf8', 0, 1_000)), reason, count })
  }
}
