import { ceilTo, floorTo, MINUTE } from '../../lib/model/window.ts'
import type { Answer } from '../core/answer.ts'
import type { Route } from '../core/venue-desk.ts'
import { aggregate, INTERVALS } from './aggregate.ts'
import { KLINE_SHAPE, type KlineRow } from './kline-row.ts'
import { DEFAULT_KLINES, weighKlines } from './limits.ts'
import type { BinanceMarket } from './market.ts'
import { type RangeQuery, readRange } from './parameters.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

const MAX_KLINES = 1_500

export function createKlinesRoute(market: BinanceMarket, now: () => number): Route {
  return {
    path: '/fapi/v1/klines',
    shape: KLINE_SHAPE,
    cost: (query) => weighKlines(Number(query.get('limit') ?? DEFAULT_KLINES)),
    answer: (query) => answerKlines(query, market, now()),
  }
}

function answerKlines(query: URLSearchParams, market: BinanceMarket, now: number): Answer {
  const symbol = query.get('symbol')
  if (!symbol) return WIRE_ERRORS.missing('symbol')
  const name = query.get('interval')
  if (!name) return WIRE_ERRORS.missing('interval')
  const interval = INTERVALS.get(name)
  if (interval === undefined) return WIRE_ERRORS.badInterval()
  const range = readRange(query, { fallback: DEFAULT_KLINES, max: MAX_KLINES })
  if ('status' in range) return range
  if (!market.isKnown(symbol, now)) return WIRE_ERRORS.badSymbol()
  if (interval > MINUTE) return answerAggregated(market, symbol, { ...range, interval }, now)
  const { startTime, endTime, limit } = range
  const from = startTime ?? 0
  const to = endTime ?? Number.POSITIVE_INFINITY
  const page = market.klines.page(
    symbol,
    { from, to, limit, end: startTime === undefined ? 'newest' : 'oldest' },
    now,
  )
  return { status: 200, ...page }
}

function answerAggregated(
  market: BinanceMarket,
  symbol: string,
  { startTime, endTime, limit, interval }: RangeQuery & { interval: number },
  now: number,
): Answer {
  const life = market.klines.source.life(symbol) ?? { from: 0, to: 0 }
  const first = Math.max(floorTo(life.from, interval), ceilTo(startTime ?? 0, interval))
  const last = floorTo(Math.min(endTime ?? now, now, life.to - 1), interval)
  const isForward = startTime !== undefined
  const rows: KlineRow[] = []
  for (let step = 0; rows.length < limit; step += interval) {
    const openTime = isForward ? first + step : last - step
    if (openTime > last || openTime < first) break
    const minutes = market.klines.rows(symbol, { from: openTime, to: openTime + interval }, now)
    if (minutes.length > 0) rows.push(aggregate(minutes, openTime, interval))
  }
  const ascending = isForward ? rows : rows.toReversed()
  return { status: 200, body: JSON.stringify(ascending), rows: rows.length }
}
