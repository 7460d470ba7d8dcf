import {
  floorTo,
  intersect,
  MINUTE,
  normalize,
  SECOND,
  subtract,
  totalSpan,
  type Window,
} from '../model/window.ts'

/** What a feed has pushed of something that happened comes so much later, at most. */
const DELAY = 1_500

/** When a stream was really seen, in venue time: over any of its connections, up to the last data of each. */
export class ObservedTime {
  readonly #lastEventOf: (connection: number) => number | undefined
  readonly #open = new Map<number, number>()
  #seen: readonly Window[] = []

  /** `lastEventOf`: the venue's time of the last data of an open connection. */
  constructor(lastEventOf: (connection: number) => number | undefined) {
    this.#lastEventOf = lastEventOf
  }

  /** A connection has begun to deliver at `from`. */
  begin(connection: number, from: number): void {
    if (!this.#open.has(connection)) this.#open.set(connection, from)
  }

  /** It has delivered up to `lastEventTime`. */
  end(connection: number, lastEventTime: number): void {
    const from = this.#open.get(connection)
    this.#open.delete(connection)
    if (from !== undefined) this.#seen = normalize([...this.#seen, { from, to: lastEventTime - DELAY }])
  }

  /** All connections are about to be closed. */
  endAll(): void {
    for (const connection of [...this.#open.keys()])
      this.end(connection, this.#lastEventOf(connection) ?? Number.NEGATIVE_INFINITY)
  }

  /** What was lost on the way after it had been seen. */
  lose(window: Window): void {
    this.#seen = subtract(this.#windows(), [window])
    for (const [connection, from] of this.#open) this.#open.set(connection, Math.max(from, window.to))
  }

  /** Nobody asks for anything before `time` any more. */
  forget(time: number): void {
    this.#seen = intersect(this.#seen, [{ from: time, to: Number.POSITIVE_INFINITY }])
  }

  /** Seconds of the minute, rounded down. */
  secondsOf(minute: number): number {
    const window = { from: floorTo(minute, MINUTE), to: minute + MINUTE }
    return Math.floor(totalSpan(intersect(this.#windows(), [window])) / SECOND)
  }

  #windows(): Window[] {
    const open = [...this.#open].map(([connection, from]) => ({
      from,
      to: (this.#lastEventOf(connection) ?? from) - DELAY,
    }))
    return normalize([...this.#seen, ...open])
  }
}
