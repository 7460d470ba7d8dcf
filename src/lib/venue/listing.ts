import type { Instrument } from '../model/market.ts'

/** An entry of a list that is not what the venue promises: recorded, and the others stand. */
export interface OddEntry {
  /** Where it stood. */
  readonly list: string
  /** What it is called, where that can be read. */
  readonly name: string | undefined
  readonly reason: string
  readonly entry: unknown
  /** Nothing is known of it; otherwise it lacks what could not be read, or stands in the list all the same. */
  readonly isLost: boolean
}

/** What one `exchangeInfo` or the like tells. */
export interface Listing {
  readonly instruments: readonly Instrument[]
  /** What could not be read of it. */
  readonly odd: readonly OddEntry[]
  /** Limits as the venue states them now, by pool. */
  readonly limits: Readonly<Record<string, number>>
}
