import type { Window } from '../../lib/model/window.ts'
import { type CandleSource, withHoles, withLife } from '../core/candle-source.ts'
import type { Stretch } from '../core/stream/frame.ts'
import type { CandleCorrection } from './corrections.ts'
import type { FundingSource } from './funding.ts'
import { Klines } from './klines.ts'
import { type Listing, pairOf } from './listing.ts'
import { type ListingChange, lifeOf, statusOf } from './listing-changes.ts'
import { type Outages, withOutages } from './outages.ts'

/** Where a market's rows come from. */
export interface MarketSource {
  readonly listings: readonly Listing[]
  readonly candles: CandleSource
  readonly funding: FundingSource
  /** What a user of the data has to know of them. */
  readonly notes: () => readonly string[]
}

export interface MarketChanges {
  readonly outages: Outages
  readonly holes: Readonly<Record<string, readonly Window[]>>
  readonly corrections: readonly CandleCorrection[]
  /** Whole listings are in the source already; these tell when they begin and end. */
  readonly listingChanges: readonly ListingChange[]
}

/** A listing that is new or has another status, and since when. */
export interface ListingNews {
  readonly at: number
  readonly listing: Listing
}

/** All that the routes answer from. */
export class BinanceMarket {
  readonly klines: Klines
  readonly funding: FundingSource
  readonly notes: () => readonly string[]
  readonly #listings: ReadonlyMap<string, Listing>
  readonly #corrections: readonly CandleCorrection[]
  readonly #changes: readonly ListingChange[]

  constructor(source: MarketSource, { outages, holes, corrections, listingChanges }: MarketChanges) {
    const traded = Object.keys(outages).length > 0 ? withOutages(source.candles, outages) : source.candles
    const whole = Object.keys(holes).length > 0 ? withHoles(traded, (symbol) => holes[symbol] ?? []) : traded
    const candles =
      listingChanges.length > 0 ? withLife(whole, (symbol) => lifeOf(symbol, listingChanges)) : whole
    this.#changes = listingChanges
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

  /** All that are listed by `now`, shown or not, those too that only the archive still has. */
  everListed(now: number): Listing[] {
    return [...this.#listings.values()].filter((listing) => isOut(listing, now))
  }

  /** The pair whose index a symbol follows: a contract with a delivery date that of its perpetual. */
  pairOf(symbol: string): string {
    const listing = this.#listings.get(symbol)
    return listing ? pairOf(listing) : symbol
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
    return listing !== undefined && !listing.isArchived && isOut(listing, now)
  }

  /** What exchangeInfo lists, each with the status that it has then. */
  shown(now: number): Listing[] {
    const shown = [...this.#listings.values()].filter((listing) => listing.isShown && isOut(listing, now))
    return this.#changes.length === 0 ? shown : shown.map((listing) => this.#standing(listing, now))
  }

  /** As exchangeInfo tells it; undefined where that does not list the symbol. */
  status(symbol: string, now: number): string | undefined {
    const listing = this.#listings.get(symbol)
    return listing?.isShown && isOut(listing, now) ? this.#standing(listing, now).status : undefined
  }

  /** How often a status has changed by now. */
  countChanges(now: number): number {
    return this.#changes.filter(({ at }) => at <= now).length
  }

  /** What was listed or got another status in `(after, upTo]`, ascending. */
  news({ after, upTo }: Stretch): ListingNews[] {
    const isNew = (at: number): boolean => at > after && at <= upTo
    const listings = [...this.#listings.values()].filter(({ isShown }) => isShown)
    const listed = listings.map((listing) => ({ at: outAt(listing), listing })).filter(({ at }) => isNew(at))
    const changed = this.#changes.flatMap(({ symbol, at }) => {
      const listing = listings.find((known) => known.symbol === symbol)
      return listing && isNew(at) && at !== outAt(listing) ? [{ at, listing }] : []
    })
    return [...listed, ...changed]
      .map(({ at, listing }) => ({ at, listing: this.#standing(listing, at) }))
      .toSorted((a, b) => a.at - b.at)
  }

  /** The newest price, with eight decimals; undefined before the first candle. */
  markPrice(symbol: string, now: number): string | undefined {
    const [row] = this.klines.newest(symbol, now)
    if (!row) return undefined
    const [whole = '0', decimals = ''] = row[4].split('.')
    return `${whole}.${decimals.padEnd(8, '0')}`
  }

  #standing(listing: Listing, now: number): Listing {
    const status = statusOf(listing.symbol, this.#changes, now)
    return status === undefined ? listing : { ...listing, status }
  }
}

const outAt = ({ onboardDate, firstCandle }: Listing): number => Math.min(onboardDate, firstCandle)
const isOut = (listing: Listing, now: number): boolean => outAt(listing) <= now
