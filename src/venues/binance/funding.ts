import { EntryFields } from '../../lib/http/entry-fields.ts'
import { readList } from '../../lib/http/read-list.ts'
import { type BadEntry, readRows } from '../../lib/http/read-rows.ts'
import { toNumber } from '../../lib/model/decimal.ts'
import type { FundingRate } from '../../lib/model/market.ts'
import { HOUR, MINUTE } from '../../lib/model/window.ts'
import type { OddEntry } from '../../lib/venue/listing.ts'
import { type Endpoint, LIST_BYTES } from '../../lib/venue/request.ts'
import type { ParsedRows, Route } from '../../lib/venue/route.ts'
import { FUNDING_REQUESTS } from './limits.ts'

const PATH = '/fapi/v1/fundingRate'
const INFO_PATH = '/fapi/v1/fundingInfo'
const PAGE = 1_000
/** Symbols that `fundingInfo` does not list settle at 00, 08 and 16 h; no symbol settles less often. */
const DEFAULT_INTERVAL = 8 * HOUR
/** A settlement is stamped some milliseconds around its minute (…005, …018). */
const JITTER = 30_000

const roundToMinute = (ts: number): number => Math.round(ts / MINUTE) * MINUTE

/**
 * Funding settlements. Times are inclusive and ascending; where more than `limit` lie in the range the answer holds
 * the oldest. Own budget, shared with `fundingInfo`. `markPrice` is empty or missing on old rows, `rateType` on rows
 * before July 2026 (market data docs and recorded answers).
 */
export function createFundingRoute(
  baseUrl: string,
  intervals: ReadonlyMap<string, number>,
): Route<'funding'> {
  return {
    dataset: 'funding',
    name: 'rest',
    shape: 'events',
    stepMs: MINUTE,
    pageRows: PAGE,
    // Costs nothing where the settlement is out in time: a tail without one is not asked for.
    edgeMs: 10 * MINUTE,
    schedule: {
      longestMs: DEFAULT_INTERVAL,
      intervalOf: (symbol) => intervals.get(symbol) ?? DEFAULT_INTERVAL,
    },
    questions: [
      {
        request: (symbol, window) => ({
          baseUrl,
          path: PATH,
          subject: symbol,
          query: { symbol, startTime: window.from - JITTER, endTime: window.to - JITTER - 1, limit: PAGE },
          costs: { [FUNDING_REQUESTS]: 1 },
        }),
        keepsDigits: true,
        parse: parseFunding,
      },
    ],
  }
}

function parseFunding(payload: unknown, symbol: string): ParsedRows<'funding'> {
  return readRows(payload, PATH, PAGE, (entry) => readRate(entry, symbol))
}

function readRate(entry: unknown, symbol: string): FundingRate | BadEntry {
  const fields = new EntryFields(entry)
  if (fields.name('symbol') !== symbol) return { ts: undefined, reason: `is not of ${symbol}` }
  const venueTs = fields.time('fundingTime')
  if (venueTs === undefined) return { ts: undefined, reason: 'fundingTime is not a time in milliseconds' }
  const ts = roundToMinute(venueTs)
  const row: FundingRate = {
    ts,
    rate: fields.decimal('fundingRate', 'any'),
    markPrice: readMarkPrice(fields),
    rateType: fields.optionalName('rateType'),
    venueTs,
  }
  return fields.fault === undefined ? row : { ts, reason: fields.fault }
}

/** Old rows tell none: an empty text, a zero, or nothing at all. */
function readMarkPrice(fields: EntryFields): string | null {
  const price = fields.optionalDecimal('markPrice', 'any')
  if (price === null || price === '') return null
  const value = toNumber(price)
  if (value < 0) fields.refuse('markPrice is not above 0')
  return value === 0 ? null : price
}

/** Longer than a day nobody waits for funding; those that the venue has are 1, 2, 4 and 8 hours. */
const LONGEST_INTERVAL = 24

/** Fills `intervals` with the symbols whose funding interval was adjusted. COIN-M symbols in it do no harm. */
export function createFundingInfoEndpoint(
  baseUrl: string,
  intervals: Map<string, number>,
): Endpoint<readonly OddEntry[]> {
  return {
    request: {
      baseUrl,
      path: INFO_PATH,
      query: {},
      costs: { [FUNDING_REQUESTS]: 1 },
      mostBytes: LIST_BYTES,
    },
    parse(payload) {
      const { entries, odd } = readList(payload, INFO_PATH, 'symbol', (fields) => ({
        name: fields.name('symbol'),
        hours: fields.count('fundingIntervalHours', 1, LONGEST_INTERVAL),
      }))
      for (const { name, hours } of entries) intervals.set(name, hours * HOUR)
      return odd
    },
  }
}
