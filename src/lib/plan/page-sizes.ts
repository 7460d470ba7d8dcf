import type { Source } from '../venue/venue.ts'

/** Smaller pages of a grid would never end. */
const LEAST_ROWS = 20

export interface CutAnswer {
  readonly served: number
  readonly asked: number
}

/** How many rows a venue was seen to serve in one answer, where that is less than it promises. Known for one run. */
export class PageSizes {
  readonly #sizes = new Map<Source, number>()
  readonly #seen = new Map<Source, number>()

  /** Undefined where answers were as long as promised. */
  of(source: Source): number | undefined {
    return this.#sizes.get(source)
  }

  /**
   * Learns from an answer that left out what the venue has: at once from one of half its length or less, otherwise when
   * a second one is as long. A row that came late is no lower cap. Returns the new size, undefined where nothing changes.
   */
  learn(source: Source, { served, asked }: CutAnswer): number | undefined {
    const isFirst = this.#seen.get(source) !== served
    this.#seen.set(source, served)
    const isClear = Number.isFinite(asked) && served <= asked / 2
    if (served === 0 || served >= asked || (isFirst && !isClear)) return undefined
    const known = this.#sizes.get(source)
    const size = known !== undefined && served >= known ? Math.floor(known / 2) : served
    const kept = Math.max(source.shape === 'grid' ? LEAST_ROWS : 1, size)
    if (kept === known) return undefined
    this.#sizes.set(source, kept)
    return kept
  }
}
