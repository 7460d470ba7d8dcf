import { PayloadError, type VenueRefusedError } from '../../lib/errors.ts'
import { readArray, readObject, readTime } from '../../lib/http/read-payload.ts'
import { isDecimal, toNumber } from '../../lib/model/decimal.ts'
import type { Dataset, RowOf } from '../../lib/model/market.ts'
import { DAY, MINUTE, type Window } from '../../lib/model/window.ts'
import type { ParsedRows, Question, RejectedRow } from '../../lib/venue.ts'
import { STATISTICS_REQUESTS } from './limits.ts'

/**
 * The statistics under `/futures/data`: a point every five minutes of the last 30 days, at most 500 in an answer, a
 * budget of their own (market data docs, 2026). Without `endTime` the venue answers with the newest points whatever
 * `startTime` says, so both are always sent; a start that is too old is refused with -1130 (measured 2026-09).
 */
export const STATISTICS = {
  source: 'rest',
  shape: 'grid',
  stepMs: 5 * MINUTE,
  pageRows: 500,
  retentionMs: 30 * DAY,
  /** New points were seen from 6 to 200 seconds late. */
  publicationMs: 6 * MINUTE,
  edgeMs: 15 * MINUTE,
  isTooOld: (refusal: VenueRefusedError): boolean => refusal.details.type === 'binance_-1130',
} as const

const PERIOD = '5m'

interface StatisticOptions<D extends Dataset> {
  readonly baseUrl: string
  /** Below `/futures/data/`. */
  readonly name: string
  /** Added to a row's time to have the timestamp that the venue labels it with. */
  readonly labelOffset?: () => number
  /** Decimal fields of an entry, each at least 0. */
  readonly numbers: readonly string[]
  toRow(entry: Readonly<Record<string, string>>, ts: number, timestamp: number): RowOf[D]
}

export function createStatisticQuestion<D extends Dataset>(options: StatisticOptions<D>): Question<D> {
  const { baseUrl, name, labelOffset = () => 0 } = options
  const path = `/futures/data/${name}`
  return {
    request: (symbol: string, { from, to }: Window) => ({
      baseUrl,
      path,
      query: {
        symbol,
        period: PERIOD,
        startTime: from + labelOffset(),
        // Inclusive: the last step of the window, not the first of the next.
        endTime: to + labelOffset() - 1,
        limit: STATISTICS.pageRows,
      },
      costs: { [STATISTICS_REQUESTS]: 1 },
    }),
    parse: (payload, symbol) => parseStatistic(payload, symbol, path, options),
  }
}

function parseStatistic<D extends Dataset>(
  payload: unknown,
  symbol: string,
  place: string,
  { labelOffset = () => 0, numbers, toRow }: StatisticOptions<D>,
): ParsedRows<D> {
  const entries = readArray(payload, place)
  const rows: RowOf[D][] = []
  const rejected: RejectedRow[] = []
  entries.forEach((entry, at) => {
    const path = `${place}[${at}]`
    const object = readObject(entry, path)
    if (object.symbol !== undefined && object.symbol !== symbol)
      throw new PayloadError(`${path}.symbol`, `expected ${symbol}`, entry)
    const timestamp = readTime(object.timestamp, `${path}.timestamp`)
    const ts = timestamp - labelOffset()
    const texts = Object.fromEntries(numbers.map((field) => [field, String(object[field])]))
    const reason = findFault(texts, ts)
    if (reason === undefined) rows.push(toRow(texts, ts, timestamp))
    else rejected.push({ ts, row: entry, reason })
  })
  return { rows, rejected, count: entries.length }
}

function findFault(texts: Readonly<Record<string, string>>, ts: number): string | undefined {
  if (ts % STATISTICS.stepMs !== 0) return 'timestamp is not on five minutes'
  for (const [name, text] of Object.entries(texts)) {
    if (!isDecimal(text)) return `${name} is not a number`
    if (toNumber(text) < 0) return `${name} is below 0`
  }
  return undefined
}
