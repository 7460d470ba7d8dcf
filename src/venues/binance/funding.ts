import { PayloadError } from '../../lib/errors.ts'
import { readArray, readObject, readTime } from '../../lib/http/read-payload.ts'
import type { Endpoint } from '../../lib/http/request.ts'
import { isDecimal } from '../../lib/model/decimal.ts'
import type { FundingRate } from '../../lib/model/market.ts'
import { HOUR, MINUTE } from '../../lib/model/window.ts'
import type { ParsedRows, RejectedRow, Source } from '../../lib/venue.ts'
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
export function createFundingSource(
  baseUrl: string,
  intervals: ReadonlyMap<string, number>,
): Source<'funding'> {
  return {
    dataset: 'funding',
    source: 'rest',
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
          query: { symbol, startTime: window.from - JITTER, endTime: window.to - JITTER - 1, limit: PAGE },
          costs: { [FUNDING_REQUESTS]: 1 },
        }),
        parse: parseFunding,
      },
    ],
  }
}

function parseFunding(payload: unknown, symbol: string): ParsedRows<'funding'> {
  const entries = readArray(payload, PATH)
  const rows: FundingRate[] = []
  const rejected: RejectedRow[] = []
  entries.forEach((entry, at) => {
    const path = `${PATH}[${at}]`
    const object = readObject(entry, path)
    if (object.symbol !== symbol) throw new PayloadError(`${path}.symbol`, `expected ${symbol}`, entry)
    const venueTs = readTime(object.fundingTime, `${path}.fundingTime`)
    const row: FundingRate = {
      ts: roundToMinute(venueTs),
      rate: String(object.fundingRate),
      markPrice: readMarkPrice(object.markPrice),
      rateType: typeof object.rateType === 'string' ? object.rateType : null,
      venueTs,
    }
    const reason = findFault(row)
    if (reason === undefined) rows.push(row)
    else rejected.push({ ts: row.ts, row: entry, reason })
  })
  return { rows, rejected, count: entries.length }
}

/** Old rows tell none: an empty text, a zero, or nothing at all. */
function readMarkPrice(value: unknown): string | null {
  return typeof value !== 'string' || value === '' || Number(value) === 0 ? null : value
}

function findFault(row: FundingRate): string | undefined {
  if (!isDecimal(row.rate)) return 'fundingRate is not a number'
  if (row.markPrice === null) return undefined
  if (!isDecimal(row.markPrice)) return 'markPrice is not a number'
  return Number(row.markPrice) > 0 ? undefined : 'markPrice is not above 0'
}

/** Fills `intervals` with the symbols whose funding interval was adjusted. COIN-M symbols in it do no harm. */
export function createFundingInfoEndpoint(baseUrl: string, intervals: Map<string, number>): Endpoint<void> {
  return {
    request: { baseUrl, path: INFO_PATH, query: {}, costs: { [FUNDING_REQUESTS]: 1 } },
    parse(payload) {
      readArray(payload, INFO_PATH).forEach((entry, at) => {
        const { symbol, fundingIntervalHours: hours } = readObject(entry, `${INFO_PATH}[${at}]`)
        if (typeof symbol === 'string' && typeof hours === 'number' && hours > 0)
          intervals.set(symbol, hours * HOUR)
      })
    },
  }
}
