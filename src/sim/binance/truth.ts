import { floorTo, MINUTE, type Window } from '../../lib/model/window.ts'
import type { VenueClock } from '../core/clock.ts'
import type { Truth } from '../core/simulator.ts'
import type { MetricsRow } from './archive/metrics.ts'
import type { FundingRow } from './funding.ts'
import type { FuturesData } from './futures-data.ts'
import type { KlineRow } from './kline-row.ts'
import type { BinanceMarket } from './market.ts'
import type { PriceKind } from './prices/price-kind.ts'
import type { PriceKlines } from './prices/price-klines.ts'
import type { StatisticTruthRows } from './statistics-rows.ts'
import { ORDER_LAG_MS, type ShownOrders } from './stream/shown-orders.ts'

/** What the archive tells beside the API, and the prices that are no trades. */
export interface PriceTruth {
  /** Closed rows whose open time lies in the window, ascending; of the index by pair. */
  prices(kind: PriceKind, symbol: string, window: Window): KlineRow[]
  /** Rows of the archive's metrics whose instant lies in the window and is out by now, ascending. */
  metrics(symbol: string, window: Window): MetricsRow[]
}

export type BinanceTruth = Truth<KlineRow, FundingRow, StatisticTruthRows> & PriceTruth

interface TruthParts {
  readonly market: BinanceMarket
  readonly prices: readonly PriceKlines[]
  readonly futuresData: FuturesData
  readonly shownOrders: ShownOrders
  readonly clock: VenueClock
}

export const createTruth = ({
  market,
  prices,
  futuresData,
  shownOrders,
  clock,
}: TruthParts): BinanceTruth => ({
  ...futuresData.truth,
  candles: (symbol, { from, to }) => {
    const now = clock.now()
    return market.klines.rows(symbol, { from, to: Math.min(to, floorTo(now, MINUTE)) }, now)
  },
  prices: (kind, symbol, { from, to }) => {
    const now = clock.now()
    const series = prices.find((known) => known.kind === kind)
    return series?.rows(symbol, { from, to: Math.min(to, floorTo(now, MINUTE)) }, now) ?? []
  },
  metrics: (symbol, window) => futuresData.metrics(symbol, window, clock.now()),
  funding: (symbol, { from, to }) =>
    market.funding.rows(symbol, {
      from,
      to: Math.min(to - 1, clock.now()),
      limit: Number.POSITIVE_INFINITY,
      end: 'oldest',
    }),
  liquidationOrders: (symbol, { from, to }) => {
    const until = Math.min(to, clock.now() - ORDER_LAG_MS + 1)
    if (until <= from) return []
    return shownOrders
      .of(symbol, { from, to: until })
      .map(({ time, positionSide, price, quantity }) => ({ time, positionSide, price, quantity }))
  },
})
