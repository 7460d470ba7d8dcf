import { DAY } from '../../lib/model/window.ts'
import type { Answer } from '../core/answer.ts'
import type { Route } from '../core/venue-desk.ts'
import { INTERVALS } from './aggregate.ts'
import { FUTURES_DATA_COST } from './limits.ts'
import type { BinanceMarket } from './market.ts'
import { type RangeQuery, readRange } from './parameters.ts'
import type { Statistic, Statistics } from './statistics.ts'
import type { PointQuery, StatisticsBoard } from './statistics-board.ts'
import type { FuturesDataOptions } from './statistics-rows.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

const LIMITS = { fallback: 30, max: 500 }
const PERIODS: ReadonlySet<string> = new Set(['5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d'])
/** Nothing older is told. */
const DEPTH = 30 * DAY

export interface FuturesDataParts {
  readonly market: BinanceMarket
  readonly statistics: Statistics
  readonly board: StatisticsBoard
  readonly options: FuturesDataOptions
  readonly now: () => number
}

/** The statistics below `/futures/data/`, with the traps of the real ones. */
export function createFuturesDataRoutes(parts: FuturesDataParts): Route[] {
  const { openInterest, ratios, takerVolume } = parts.statistics
  return [openInterest, ...Object.values(ratios), takerVolume].map((statistic) => ({
    path: `/futures/data/${statistic.endpoint}`,
    shape: statistic.shape,
    cost: () => FUTURES_DATA_COST,
    answer: (query) => answerStatistic(query, statistic, parts),
  }))
}

function answerStatistic(
  query: URLSearchParams,
  statistic: Statistic<object>,
  { market, board, options, now }: FuturesDataParts,
): Answer {
  const symbol = query.get('symbol')
  if (!symbol) return WIRE_ERRORS.missing('symbol')
  const name = query.get('period')
  if (!name) return WIRE_ERRORS.missing('period')
  const period = PERIODS.has(name) ? INTERVALS.get(name) : undefined
  if (period === undefined) return WIRE_ERRORS.invalid('period')
  const range = readRange(query, LIMITS)
  if ('status' in range) return range
  const time = now()
  const oldest = time - DEPTH
  if (range.startTime !== undefined && range.startTime < oldest) return WIRE_ERRORS.invalid('startTime')
  if (!market.isKnown(symbol, time))
    return options.unknownSymbol === 'empty' ? { status: 200, body: '[]', rows: 0 } : WIRE_ERRORS.badSymbol()
  const { from, to, limit, end } = choosePage(range, oldest, options)
  const offset = board.labelOffset(statistic, period)
  const page = { symbol, period, from: from - offset, to: to - offset, limit, end }
  const rows = board.read(statistic, page, time).map(({ row }) => row)
  return { status: 200, body: JSON.stringify(rows), rows: rows.length }
}

/** On the timestamps as told. A start alone is ignored, as the real venue does: the answer is today's tail. */
function choosePage(
  { startTime, endTime, limit }: RangeQuery,
  oldest: number,
  { longRange = 'newest' }: FuturesDataOptions,
): Pick<PointQuery, 'from' | 'to' | 'limit' | 'end'> {
  const to = endTime ?? Number.POSITIVE_INFINITY
  if (startTime === undefined || endTime === undefined) return { from: oldest, to, limit, end: 'newest' }
  return { from: startTime, to, limit, end: longRange }
}
