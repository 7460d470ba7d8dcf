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
/** Older than this nobody asks any more. */
const KEPT = 60 * MINUTE

/** When a stream was really seen, in venue time: open and delivering, over any of its connections. */
export class ObservedTime {
  readonly #open = new Map<number, number>()
  #seen: Window[] = []

  /** A connection has begun to deliver at `from`. */
  begin(connection: number, from: number): void {
    if (!this.#open.has(connection)) this.#open.set(connection, from)
  }

  /** It has delivered up to `lastEventTime`. */
  end(connection: number, lastEventTime: number): void {
    const from = this.#open.get(connection)
    this.#open.delete(connection)
    if (from === undefined) return
    this.#seen = normalize([...this.#seen, { from, to: Math.max(from, lastEventTime - DELAY) }])
    const oldest = lastEventTime - KEPT
    this.#seen = intersect(this.#seen, [{ from: oldest, to: Number.POSITIVE_INFINITY }])
  }

  /** What was lost on the way after it had been seen. */
  lose(window: Window): void {
    this.#seen = subtract(this.#windows(window.to), [window])
    for (const connection of this.#open.keys()) this.#open.set(connection, window.to)
  }

  /** Seconds of the minute, rounded down, at the venue's `now`. */
  secondsOf(minute: number, now: number): number {
    const window = { from: floorTo(minute, MINUTE), to: minute + MINUTE }
    return Math.floor(totalSpan(intersect(this.#windows(now), [window])) / SECOND)
  }

  #windows(now: number): Window[] {
    const open = [...this.#open.values()].map((from) => ({ from, to: Math.max(from, now - DELAY) }))
    return normalize([...this.#seen, ...open])
  }
}
