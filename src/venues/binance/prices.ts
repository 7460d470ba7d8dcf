import { isPlausibleTime } from '../../lib/http/plausible-time.ts'
import { type BadEntry, readRows } from '../../lib/http/read-rows.ts'
import { findPricesFault } from '../../lib/model/candle-rules.ts'
import type { PriceCandle, PriceDataset } from '../../lib/model/market.ts'
import type { Route } from '../../lib/venue/route.ts'
import { findTimeFault, KLINES, klinesRequest } from './klines-request.ts'
import { KLINES_PAGE } from './limits.ts'

interface PriceRoute {
  /** Below `/fapi/v1/`. */
  readonly name: string
  /** How it is asked for a symbol. */
  nameOf(symbol: string): Readonly<Record<string, string>>
  /** A share of the price, which may be below 0. */
  readonly isSigned?: boolean
}

/** An index is that of a pair, whose contracts share it: what follows a `_` is a contract's day of delivery. */
const pairOf = (symbol: string): string => symbol.split('_')[0] ?? symbol

const ROUTES: Readonly<Record<PriceDataset, PriceRoute>> = {
  mark: { name: 'markPriceKlines', nameOf: (symbol) => ({ symbol }) },
  index: { name: 'indexPriceKlines', nameOf: (symbol) => ({ pair: pairOf(symbol) }) },
  premium: { name: 'premiumIndexKlines', nameOf: (symbol) => ({ symbol }), isSigned: true },
}

/**
 * One-minute candles of a price that nobody trades at. They are asked for, answered and paid for as candles are; of the
 * slots behind the close only the close time tells something: there is no volume, and the count is one of samples.
 */
export function createPriceRoute<D extends PriceDataset>(baseUrl: string, dataset: D): Route<D> {
  const { name, nameOf, isSigned = false } = ROUTES[dataset]
  const place = { baseUrl, path: `/fapi/v1/${name}`, nameOf }
  const read = (entry: unknown): PriceCandle | BadEntry => readPrices(entry, isSigned)
  return {
    ...KLINES,
    dataset,
    questions: [
      {
        request: (symbol, window) => klinesRequest(place, symbol, window),
        parse: (payload) => readRows(payload, place.path, KLINES_PAGE, read),
      },
    ],
    firstRequest: (symbol, window, rows = 1) => klinesRequest(place, symbol, window, rows),
  }
}

const SLOTS = 12
const NAMES = ['open', 'high', 'low', 'close'] as const

function readPrices(entry: unknown, isSigned: boolean): PriceCandle | BadEntry {
  if (!Array.isArray(entry)) return { ts: undefined, reason: 'is not a list' }
  const slots: readonly unknown[] = entry
  const [ts, open, high, low, close, , closeTime] = slots
  if (typeof ts !== 'number' || !isPlausibleTime(ts))
    return { ts: undefined, reason: 'open time is not a time' }
  if (slots.length !== SLOTS) return { ts, reason: `has ${slots.length} slots, not ${SLOTS}` }
  if (!isText(open) || !isText(high) || !isText(low) || !isText(close)) {
    const at = [open, high, low, close].findIndex((value) => !isText(value))
    return { ts, reason: `${NAMES[at]} is not a text` }
  }
  if (typeof closeTime !== 'number') return { ts, reason: 'close time is not a number' }
  const candle: PriceCandle = { ts, open, high, low, close }
  const reason = findTimeFault(ts, closeTime) ?? findPricesFault(candle, isSigned)
  return reason === undefined ? candle : { ts, reason }
}

const isText = (value: unknown): value is string => typeof value === 'string'
