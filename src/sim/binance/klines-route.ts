import { ceilTo, floorTo, MINUTE } from '../../lib/model/window.ts'
import type { Answer, RowShape } from '../core/answer.ts'
import type { Route } from '../core/venue-desk.ts'
import { aggregate, INTERVALS } from './aggregate.ts'
import type { CandleSeries } from './candle-series.ts'
import { KLINE_SHAPE, type KlineRow } from './kline-row.ts'
import { DEFAULT_KLINES, weighKlines } from './limits.ts'
import type { BinanceMarket } from './market.ts'
import { type RangeQuery, readRange } from './parameters.ts'
import type { PriceKind } from './prices/price-kind.ts'
import type { PriceKlines } from './prices/price-klines.ts'
import { PRICE_SHAPE } from './prices/price-row.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

const MAX_KLINES = 1_500

/** One endpoint that tells rows in the form of candles. */
interface Endpoint {
  readonly path: string
  readonly shape: RowShape
  /** The parameter that names what is asked for. */
  readonly subject: 'symbol' | 'pair'
  readonly series: CandleSeries
}

const PRICE_PATHS: Readonly<Record<PriceKind, Pick<Endpoint, 'path' | 'subject'>>> = {
  mark: { path: '/fapi/v1/markPriceKlines', subject: 'symbol' },
  index: { path: '/fapi/v1/indexPriceKlines', subject: 'pair' },
  premium: { path: '/fapi/v1/premiumIndexKlines', subject: 'symbol' },
}

/** The candles and those of the prices, all with the same parameters, pages and weights. */
export function createKlinesRoutes(
  market: BinanceMarket,
  prices: readonly PriceKlines[],
  now: () => number,
): Route[] {
  const endpoints: Endpoint[] = [
    { path: '/fapi/v1/klines', shape: KLINE_SHAPE, subject: 'symbol', series: market.klines },
    ...prices.map((series) => ({ ...PRICE_PATHS[series.kind], shape: PRICE_SHAPE, series })),
  ]
  return endpoints.map((endpoint) => ({
    path: endpoint.path,
    shape: endpoint.shape,
    cost: (query) => weighKlines(Number(query.get('limit') ?? DEFAULT_KLINES)),
    answer: (query) => answerKlines(query, endpoint, market, now()),
  }))
}

function answerKlines(
  query: URLSearchParams,
  { subject, series }: Endpoint,
  market: BinanceMarket,
  now: number,
): Answer {
  const symbol = query.get(subject)
  if (!symbol) return WIRE_ERRORS.missing(subject)
  const name = query.get('interval')
  if (!name) return WIRE_ERRORS.missing('interval')
  const interval = INTERVALS.get(name)
  if (interval === undefined) return WIRE_ERRORS.badInterval()
  const range = readRange(query, { fallback: DEFAULT_KLINES, max: MAX_KLINES })
  if ('status' in range) return range
  if (!market.isKnown(symbol, now)) return WIRE_ERRORS.badSymbol()
  if (subject === 'pair' && market.pairOf(symbol) !== symbol) return WIRE_ERRORS.badPair()
  if (interval > MINUTE) return answerAggregated(series, symbol, { ...range, interval }, now)
  const { startTime, endTime, limit } = range
  const from = startTime ?? 0
  const to = endTime ?? Number.POSITIVE_INFINITY
  const end = startTime === undefined ? 'newest' : 'oldest'
  return { status: 200, ...series.page(symbol, { from, to, limit, end }, now) }
}

function answerAggregated(
  series: CandleSeries,
  symbol: string,
  { startTime, endTime, limit, interval }: RangeQuery & { interval: number },
  now: number,
): Answer {
  const life = series.life(symbol) ?? { from: 0, to: 0 }
  const first = Math.max(floorTo(life.from, interval), ceilTo(startTime ?? 0, interval))
  const last = floorTo(Math.min(endTime ?? now, now, life.to - 1), interval)
  const isForward = startTime !== undefined
  const rows: KlineRow[] = []
  for (let step = 0; rows.length < limit; step += interval) {
    const openTime = isForward ? first + step : last - step
    if (openTime > last || openTime < first) break
    const minutes = series.rows(symbol, { from: openTime, to: openTime + interval }, now)
    if (minutes.length > 0) rows.push(aggregate(minutes, openTime, interval))
  }
  const ascending = isForward ? rows : rows.toReversed()
  return { status: 200, body: JSON.stringify(ascending), rows: rows.length }
}
