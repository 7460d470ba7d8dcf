import { isPlausibleTime } from '../../lib/http/plausible-time.ts'
import { type BadEntry, readRows } from '../../lib/http/read-rows.ts'
import { findFault } from '../../lib/model/candle-rules.ts'
import type { Candle } from '../../lib/model/market.ts'
import type { ParsedRows, Route } from '../../lib/venue/route.ts'
import { findTimeFault, KLINES, klinesRequest } from './klines-request.ts'
import { KLINES_PAGE } from './limits.ts'
import { scanKlines } from './scan-klines.ts'

const PATH = '/fapi/v1/klines'

/** One-minute candles. */
export function createKlinesRoute(baseUrl: string): Route<'ohlcv'> {
  const place = { baseUrl, path: PATH }
  return {
    ...KLINES,
    dataset: 'ohlcv',
    questions: [
      {
        request: (symbol, window) => klinesRequest(place, symbol, window),
        parse: parseKlines,
        scan: scanKlines,
      },
    ],
    firstRequest: (symbol, window, rows = 1) => klinesRequest(place, symbol, window, rows),
  }
}

function parseKlines(payload: unknown): ParsedRows<'ohlcv'> {
  return readRows(payload, PATH, KLINES_PAGE, readKline)
}

const NUMBER = 'number'
const TEXT = 'string'
/** What each slot of a row is called, and the JSON type that it has. The last one is not used. */
const SLOTS = [
  ['open time', NUMBER],
  ['open', TEXT],
  ['high', TEXT],
  ['low', TEXT],
  ['close', TEXT],
  ['volume', TEXT],
  ['close time', NUMBER],
  ['quoteVolume', TEXT],
  ['trades', NUMBER],
  ['takerBuyVolume', TEXT],
  ['takerBuyQuoteVolume', TEXT],
  ['the unused slot', TEXT],
] as const

type Slots = readonly [
  number,
  string,
  string,
  string,
  string,
  string,
  number,
  string,
  number,
  string,
  string,
  string,
]

const hasSlots = (entry: readonly unknown[]): entry is Slots =>
  entry.length === SLOTS.length && SLOTS.every(([, type], at) => typeof entry[at] === type)

function readKline(entry: unknown): Candle | BadEntry {
  if (!Array.isArray(entry)) return { ts: undefined, reason: 'is not a list' }
  const time: unknown = entry[0]
  const ts = typeof time === 'number' && isPlausibleTime(time) ? time : undefined
  if (!hasSlots(entry)) return { ts, reason: findSlotFault(entry) }
  if (ts === undefined) return { ts, reason: 'open time is not a time' }
  const candle: Candle = {
    ts,
    open: entry[1],
    high: entry[2],
    low: entry[3],
    close: entry[4],
    volume: entry[5],
    quoteVolume: entry[7],
    trades: entry[8],
    takerBuyVolume: entry[9],
    takerBuyQuoteVolume: entry[10],
  }
  const reason = findTimeFault(ts, entry[6]) ?? findFault(candle)
  return reason === undefined ? candle : { ts, reason }
}

function findSlotFault(entry: readonly unknown[]): string {
  if (entry.length !== SLOTS.length) return `has ${entry.length} slots, not ${SLOTS.length}`
  const [name, type] = SLOTS.find(([, expected], at) => typeof entry[at] !== expected) ?? SLOTS[0]
  if (name === 'open time') return 'open time is not a time'
  return `${name} is not a ${type === TEXT ? 'text' : 'number'}`
}
