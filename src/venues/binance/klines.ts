import { PayloadError } from '../../lib/errors.ts'
import { readArray } from '../../lib/http/read-payload.ts'
import type { ApiRequest } from '../../lib/http/request.ts'
import { findFault } from '../../lib/model/candle-rules.ts'
import type { Candle } from '../../lib/model/market.ts'
import { MINUTE, span, type Window } from '../../lib/model/window.ts'
import type { ParsedRows, RejectedRow, Source } from '../../lib/venue.ts'
import { KLINES_PAGE, klinesWeight, REQUEST_WEIGHT } from './limits.ts'
import { scanKlines } from './scan-klines.ts'

const PATH = '/fapi/v1/klines'
const SLOTS = 11

/**
 * One-minute candles. `startTime` and `endTime` are both inclusive on the open time; the answer is ascending; `[]` is
 * the answer for a range without data; the last row may still be open (market data docs, 2026).
 */
export function createKlinesSource(baseUrl: string): Source<'ohlcv'> {
  const request = (symbol: string, window: Window, limit: number): ApiRequest => ({
    baseUrl,
    path: PATH,
    query: { symbol, interval: '1m', startTime: window.from, endTime: window.to - 1, limit },
    costs: { [REQUEST_WEIGHT]: klinesWeight(limit) },
  })
  return {
    dataset: 'ohlcv',
    source: 'rest',
    shape: 'grid',
    stepMs: MINUTE,
    pageRows: KLINES_PAGE,
    edgeMs: 10 * MINUTE,
    questions: [
      {
        request: (symbol, window) =>
          request(symbol, window, Math.min(KLINES_PAGE, Math.ceil(span(window) / MINUTE))),
        parse: parseKlines,
        scan: scanKlines,
      },
    ],
    firstRequest: (symbol, window, rows = 1) => request(symbol, window, rows),
  }
}

function parseKlines(payload: unknown): ParsedRows<'ohlcv'> {
  const entries = readArray(payload, PATH)
  const rows: Candle[] = []
  const rejected: RejectedRow[] = []
  for (let at = 0; at < entries.length; at += 1) {
    const entry = entries[at]
    if (!Array.isArray(entry) || entry.length < SLOTS)
      throw new PayloadError(`${PATH}[${at}]`, `expected ${SLOTS} or more slots`, entry)
    const candle = toCandle(entry)
    const reason = findTimeFault(entry) ?? findFault(candle)
    if (reason === undefined) rows.push(candle)
    else rejected.push({ ts: Number.isSafeInteger(candle.ts) ? candle.ts : undefined, row: entry, reason })
  }
  return { rows, rejected, count: entries.length }
}

/** Slots: open time, open, high, low, close, volume, close time, quote volume, trades, taker base, taker quote. */
function toCandle(slots: readonly unknown[]): Candle {
  const text = (at: number): string => {
    const value = slots[at]
    return typeof value === 'string' ? value : String(value)
  }
  return {
    ts: Number(slots[0]),
    open: text(1),
    high: text(2),
    low: text(3),
    close: text(4),
    volume: text(5),
    quoteVolume: text(7),
    trades: Number(slots[8]),
    takerBuyVolume: text(9),
    takerBuyQuoteVolume: text(10),
  }
}

function findTimeFault(slots: readonly unknown[]): string | undefined {
  const openTime = slots[0]
  if (typeof openTime !== 'number' || !Number.isSafeInteger(openTime)) return 'open time is not a time'
  return openTime % MINUTE === 0 ? undefined : 'open time is not on the minute'
}
