import { MINUTE } from '../../lib/model/window.ts'
import { withCache } from '../core/candle-cache.ts'
import type { CandleSource } from '../core/candle-source.ts'
import {
  findRecordedFiles,
  type RecordedFile,
  type RecordedFolder,
  readHead,
} from '../core/recorded/files.ts'
import { createRecordedCandles } from '../core/recorded/recorded-candles.ts'
import { createListing, type Listing } from './listing.ts'
import type { MarketSource } from './market.ts'
import { createRecordedFunding } from './recorded-funding.ts'
import { decodeKlines, hasAllColumns } from './recorded-klines.ts'
import { decimalsOf } from './settle-row.ts'
import { createUniverse } from './universe.ts'

const CACHE_BYTES = 192_000_000

/** A market of recorded files, and the venue time at which to begin: a minute after the last candle. */
export function createRecordedSource(
  folder: string,
  hasRateType: boolean,
): MarketSource & { readonly startAt: number } {
  const files = findRecordedFiles(folder)
  const candles = withCache(createRecordedCandles(files.candles, decodeKlines), CACHE_BYTES)
  let notes: string[] | undefined
  return {
    listings: createListings(files),
    candles,
    funding: createRecordedFunding(files.funding, hasRateType, (symbol) => candles.life(symbol)),
    notes: () => {
      notes ??= describe(files)
      return notes
    },
    startAt: findEnd(files, candles) + MINUTE,
  }
}

/** Only the files of the newest month are opened: the others end earlier. */
function findEnd({ candles }: RecordedFolder, source: CandleSource): number {
  const lastMonths = [...candles].map(([symbol, files]) => ({ symbol, month: files.at(-1)?.month ?? '' }))
  const newest = lastMonths
    .map(({ month }) => month)
    .toSorted()
    .at(-1)
  const ends = lastMonths
    .filter(({ month }) => month === newest)
    .map(({ symbol }) => source.life(symbol)?.to ?? 0)
  return Math.max(...ends)
}

function createListings({ candles }: RecordedFolder): Listing[] {
  const known = new Map(createUniverse(0).map((listing) => [listing.symbol, listing]))
  return [...candles].flatMap(([symbol, [first]]) => {
    if (!first) return []
    const guessed = guessListing(first)
    // Listed when the recording begins: nobody can have what lies before.
    const { onboardDate } = guessed
    return [{ ...(known.get(symbol) ?? guessed), onboardDate, status: 'TRADING', isShown: true }]
  })
}

function guessListing(file: RecordedFile): Listing {
  const lines = readHead(file.path).toString('latin1').split('\n')
  // The last line may be cut off.
  const whole = lines.length > 2 ? lines.slice(0, -1) : lines
  const rows = whole.filter((line) => /^\d/.test(line)).map((line) => line.split(','))
  const decimals = (column: number): number =>
    Math.max(0, ...rows.map((row) => decimalsOf(row[column] ?? '')))
  const firstCandle = Number(rows[0]?.[0])
  const changes = { priceDecimals: decimals(4), sizeDecimals: decimals(5), tickUnits: 1 }
  return createListing({ symbol: file.symbol, basePrice: Number(rows[0]?.[4]), firstCandle }, changes)
}

function describe({ candles, funding }: RecordedFolder): string[] {
  const derived = [...candles].flatMap(([symbol, [first]]) =>
    first && !hasAllColumns(readHead(first.path)) ? [symbol] : [],
  )
  const unfunded = [...candles.keys()].filter((symbol) => !funding.has(symbol))
  return [
    'recorded candles',
    'open interest and long/short ratios are made from a seed, not recorded',
    ...derived.map((symbol) => `${symbol}: quote volume, trades and taker volumes are derived, not recorded`),
    ...unfunded.map((symbol) => `${symbol}: funding rates are made from a seed, not recorded`),
  ]
}
