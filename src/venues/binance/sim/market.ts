import type { Window } from '../../../lib/model/window.ts'
import { type CandleSource, withHoles } from '../../../lib/sim/candle-source.ts'
import type { CandleCorrection } from './corrections.ts'
import type { FundingSource } from './funding.ts'
import { Klines } from './klines.ts'
import type { Listing } from './listing.ts'

/** Where a market's rows come from. */
export interface MarketSource {
  readonly listings: readonly Listing[]
  readonly candles: CandleSource
  readonly funding: FundingSource
  /** What a user of the data has to know of them. */
  readonly notes: () => readonly string[]
}

export interface MarketChanges {
  readonly holes: Readonly<Record<string, readonly Window[]>>
  readonly corrections: readonly CandleCorrection[]
}

/** All that the routes answer from. */
export class BinanceMarket {
  readonly klines: Klines
  readonly funding: FundingSource
  readonly notes: () => readonly string[]
  readonly #listings: ReadonlyMap<string, Listing>
  readonly #corrections: readonly CandleCorrection[]

  constructor(source: MarketSource, { holes, corrections }: MarketChanges) {
    const candles =
      Object.keys(holes).length > 0
        ? withHoles(source.candles, (symbol) => holes[symbol] ?? [])
        : source.candles
    this.klines = new Klines(candles, corrections)
    this.funding = source.funding
    this.notes = source.notes
    this.#corrections = corrections
    this.#listings = new Map(source.listings.map((listing) => [listing.symbol, listing]))
  }

  /** Listed by now or not; undefined for a name that the venue will never know. */
  listing(symbol: string): Listing | undefined {
    return this.#listings.get(symbol)
  }

  /** Whether a candle of the window no longer has its first values. */
  isCorrected(symbol: string, { from, to }: Window, now: number): boolean {
    return this.#corrections.some(
      ({ openTime, at, ...corrected }) =>
        corrected.symbol === symbol && openTime >= from && openTime < to && at <= now,
    )
  }

  /** Whether the venue answers for this symbol, shown or not. */
  isKnown(symbol: string, now: number): boolean {
    const listing = this.#listings.get(symbol)
    return listing !== undefined && isOut(listing, now)
  }

  /** What exchangeInfo lists. */
  shown(now: number): Listing[] {
    return [...this.#listings.values()].filter((listing) => listing.isShown && isOut(listing, now))
  }

  /** The newest price, with eight decimals; undefined before the first candle. */
  markPrice(symbol: string, now: number): string | undefined {
    const [row] = this.klines.newest(symbol, now)
    if (!row) return undefined
    const [whole = '0', decimals = ''] = row[4].split('.')
    return `${whole}.${decimals.padEnd(8, '0')}`
  }
}

const isOut = (listing: Listing, now: number): boolean =>
  Math.min(listing.onboardDate, listing.firstCandle) <= now
