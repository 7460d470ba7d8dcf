import { createListing, type Listing } from './listing.ts'
import { createSyntheticListing, createUniverse } from './universe.ts'

export interface ListingChoice {
  /** The symbols of the venue, by name (a plausible listing where the name is known, a plain one otherwise) or whole. */
  readonly symbols?: readonly (string | Listing)[] | undefined
  /** So many tradable USDT perpetuals; made-up ones where the known ones do not suffice. */
  readonly symbolCount?: number | undefined
}

const FALLBACK = { basePrice: 10, firstCandle: Date.UTC(2021, 0, 1) }

export function chooseListings({ symbols, symbolCount }: ListingChoice, now: number): Listing[] {
  const universe = createUniverse(now)
  if (symbols) {
    const named = (symbol: string): Listing =>
      universe.find((listing) => listing.symbol === symbol) ?? createListing({ symbol, ...FALLBACK })
    return symbols.map((entry) => (typeof entry === 'string' ? named(entry) : entry))
  }
  return symbolCount === undefined ? universe : countTradable(universe, symbolCount, now)
}

function countTradable(universe: readonly Listing[], count: number, now: number): Listing[] {
  const isTradable = (listing: Listing): boolean =>
    listing.isShown &&
    listing.status === 'TRADING' &&
    listing.contractType === 'PERPETUAL' &&
    listing.quoteAsset === 'USDT' &&
    listing.onboardDate <= now
  const tradable = universe.filter(isTradable).slice(0, count)
  const missing = Array.from({ length: count - tradable.length }, (_, index) =>
    createSyntheticListing(index + 1),
  )
  return [...tradable, ...missing, ...universe.filter((listing) => !isTradable(listing))]
}
