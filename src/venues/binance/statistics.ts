import type { VenueRefusedError } from '../../lib/errors.ts'
import { EntryFields } from '../../lib/http/entry-fields.ts'
import { type BadEntry, readRows } from '../../lib/http/read-rows.ts'
import type { Dataset, RowOf } from '../../lib/model/market.ts'
import { DAY, MINUTE, type Window } from '../../lib/model/window.ts'
import type { Question } from '../../lib/venue/route.ts'
import { STATISTICS_REQUESTS } from './limits.ts'

/**
 * The statistics under `/futures/data`: a point every five minutes of the last 30 days, at most 500 in an answer, a
 * budget of their own (market data docs, 2026). Without `endTime` the venue answers with the newest points whatever
 * `startTime` says, so both are always sent; a start that is too old is refused with -1130 (measured 2026-09).
 */
export const STATISTICS = {
  name: 'rest',
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
  readonly labelOffset?: number
  /** Decimal fields of an entry, each at least 0. */
  readonly numbers: readonly string[]
  toRow(entry: Readonly<Record<string, string>>, ts: number, timestamp: number): RowOf[D]
}

export function createStatisticQuestion<D extends Dataset>(options: StatisticOptions<D>): Question<D> {
  const { baseUrl, name, labelOffset = 0 } = options
  const path = `/futures/data/${name}`
  return {
    request: (symbol: string, { from, to }: Window) => ({
      baseUrl,
      path,
      subject: symbol,
      query: {
        symbol,
        period: PERIOD,
        startTime: from + labelOffset,
        // Inclusive: the last step of the window, not the first of the next.
        endTime: to + labelOffset - 1,
        limit: STATISTICS.pageRows,
      },
      costs: { [STATISTICS_REQUESTS]: 1 },
    }),
    keepsDigits: true,
    parse: (payload, symbol) =>
      readRows(payload, path, STATISTICS.pageRows, (entry) => readStatistic(entry, symbol, options)),
  }
}

function readStatistic<D extends Dataset>(
  entry: unknown,
  symbol: string,
  { labelOffset = 0, numbers, toRow }: StatisticOptions<D>,
): RowOf[D] | BadEntry {
  const fields = new EntryFields(entry)
  // Those of taker volume name no symbol.
  if (fields.has('symbol') && fields.name('symbol') !== symbol)
    return { ts: undefined, reason: `is not of ${symbol}` }
  const timestamp = fields.time('timestamp')
  if (timestamp === undefined) return { ts: undefined, reason: 'timestamp is not a time in milliseconds' }
  const ts = timestamp - labelOffset
  if (ts % STATISTICS.stepMs !== 0) fields.refuse('timestamp is not on five minutes')
  const texts = Object.fromEntries(numbers.map((name) => [name, fields.decimal(name, 'not negative')]))
  return fields.fault === undefined ? toRow(texts, ts, timestamp) : { ts, reason: fields.fault }
}
