import { withCache } from '../core/candle-cache.ts'
import { createSeededCandles, type SeededSymbol } from '../core/seeded-candles.ts'
import { SeededMarket } from '../core/seeded-market.ts'
import { MAX_ROW_BYTES, writeKline } from './kline-row.ts'
import type { Listing } from './listing.ts'
import type { MarketSource } from './market.ts'
import { createSeededFunding } from './seeded-funding.ts'

const CACHE_BYTES = 48_000_000

interface SeededListing extends SeededSymbol {
  readonly listing: Listing
}

/** A market made of a seed: each row a pure function of seed, symbol and time. */
export function createSeededSource(
  listings: readonly Listing[],
  { seed, hasRateType }: { seed: string; hasRateType: boolean },
): MarketSource {
  const bySymbol = new Map(listings.map((listing) => [listing.symbol, listing]))
  const made = new Map<string, SeededListing>()
  const find = (symbol: string): SeededListing | undefined => {
    const listing = bySymbol.get(symbol)
    if (!listing) return undefined
    const known = made.get(symbol) ?? createSeededListing(listing, seed)
    made.set(symbol, known)
    return known
  }
  return {
    listings,
    candles: withCache(createSeededCandles(find), CACHE_BYTES),
    funding: createSeededFunding({ seed, hasRateType, find }),
    notes: () => [`made from the seed ${seed}: no real market`],
  }
}

function createSeededListing(listing: Listing, seed: string): SeededListing {
  const { symbol, basePrice, priceDecimals, tickUnits, sizeDecimals, minuteVolume, minuteTrades, activity } =
    listing
  const market = new SeededMarket(seed, {
    symbol,
    tickUnits,
    minuteTrades,
    activity,
    baseTicks: Math.max(200, Math.round((basePrice * 10 ** priceDecimals) / tickUnits)),
    minuteVolume: Math.max(1, Math.round(minuteVolume * 10 ** sizeDecimals)),
  })
  return {
    listing,
    market,
    life: { from: listing.firstCandle, to: listing.endOfCandles },
    maxRowBytes: MAX_ROW_BYTES,
    writeRow: (bytes, at, openTime, columns, row) => writeKline(bytes, at, openTime, columns, row, listing),
  }
}
