import type { Clock } from '../time/clock.ts'
import type { Ending } from './ending.ts'
import type { FeedWay } from './open-feed-ways.ts'

interface Standing {
  readonly way: FeedWay
  /** Losses since it last carried data. */
  failures: number
  /** Counts up with each choice. */
  chosen: number
  pausedUntil: number
  isBlocked: boolean
}

export interface Choice {
  readonly way: FeedWay
  /** So long it has to be left alone. */
  readonly waitMs: number
}

/** The only way that there is is not given up, but asked rarely. */
const BLOCKED_PAUSE = 600_000

/** Which way the next connection takes: in turn, rather those that work, never one that the venue wants silent. */
export class WayBook {
  readonly #standings: readonly Standing[]
  readonly #clock: Clock
  #choices = 0

  /** At least one way. */
  constructor(ways: readonly FeedWay[], clock: Clock) {
    this.#standings = ways.map((way) => ({
      way,
      failures: 0,
      chosen: 0,
      pausedUntil: Number.NEGATIVE_INFINITY,
      isBlocked: false,
    }))
    this.#clock = clock
  }

  choose(): Choice {
    const open = this.#standings.filter(({ isBlocked }) => !isBlocked)
    const candidates = open.length > 0 ? open : this.#standings
    const [best] = candidates.toSorted(
      (a, b) => this.#waitFor(a) - this.#waitFor(b) || a.failures - b.failures || a.chosen - b.chosen,
    )
    if (!best) throw new RangeError('a feed needs a way out')
    this.#choices += 1
    best.chosen = this.#choices
    return { way: best.way, waitMs: this.#waitFor(best) }
  }

  /** 0 if a connection may leave here now. */
  waitFor(way: FeedWay): number {
    return this.#waitFor(this.#find(way))
  }

  noteUp(way: FeedWay): void {
    const standing = this.#find(way)
    standing.failures = 0
    standing.isBlocked = false
  }

  noteLoss(way: FeedWay, { pauseMs = 0, isBlocked = false }: Ending): void {
    const standing = this.#find(way)
    standing.failures += 1
    standing.isBlocked ||= isBlocked
    const pause = isBlocked ? BLOCKED_PAUSE : pauseMs
    if (pause > 0) standing.pausedUntil = Math.max(standing.pausedUntil, this.#clock.now() + pause)
  }

  #waitFor({ pausedUntil }: Standing): number {
    return Math.max(0, pausedUntil - this.#clock.now())
  }

  #find(way: FeedWay): Standing {
    const found = this.#standings.find((standing) => standing.way === way)
    if (!found) throw new RangeError(`${way.name} is none of the ways`)
    return found
  }
}
