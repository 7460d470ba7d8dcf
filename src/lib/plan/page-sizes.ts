import type { Route } from '../venue/route.ts'

/** Smaller pages of a grid would never end. */
const LEAST_ROWS = 20

export interface CutAnswer {
  readonly served: number
  readonly asked: number
}

/** How many rows a venue was seen to serve in one answer, where that is less than it promises. Known for one run. */
export class PageSizes {
  readonly #sizes = new Map<Route, number>()
  readonly #seen = new Map<Route, number>()

  /** Undefined where answers were as long as promised. */
  of(route: Route): number | undefined {
    return this.#sizes.get(route)
  }

  /**
   * Learns from an answer that left out what the venue has: at once from one of half its length or less, otherwise when
   * a second one is as long. A row that came late is no lower cap. Returns the new size, undefined where nothing changes.
   */
  learn(route: Route, { served, asked }: CutAnswer): number | undefined {
    const isFirst = this.#seen.get(route) !== served
    this.#seen.set(route, served)
    const isClear = Number.isFinite(asked) && served <= asked / 2
    if (served === 0 || served >= asked || (isFirst && !isClear)) return undefined
    const known = this.#sizes.get(route)
    const size = known !== undefined && served >= known ? Math.floor(known / 2) : served
    const kept = Math.max(route.shape === 'grid' ? LEAST_ROWS : 1, size)
    if (kept === known) return undefined
    this.#sizes.set(route, kept)
    return kept
  }
}
