import { floorTo, MINUTE } from '../../lib/model/window.ts'
import type { VenueClock } from '../core/clock.ts'
import type { Truth } from '../core/simulator.ts'
import type { FundingRow } from './funding.ts'
import type { FuturesData } from './futures-data.ts'
import type { KlineRow } from './kline-row.ts'
import type { BinanceMarket } from './market.ts'
import type { StatisticTruthRows } from './statistics-rows.ts'
import { ORDER_LAG_MS, type ShownOrders } from './stream/shown-orders.ts'

export type BinanceTruth = Truth<KlineRow, FundingRow, StatisticTruthRows>

interface TruthParts {
  readonly market: BinanceMarket
  readonly futuresData: FuturesData
  readonly shownOrders: ShownOrders
  readonly clock: VenueClock
}

export const createTruth = ({ market, futuresData, shownOrders, clock }: TruthParts): BinanceTruth => ({
  ...futuresData.truth,
  candles: (symbol, { from, to }) => {
    const now = clock.now()
    return market.klines.rows(symbol, { from, to: Math.min(to, floorTo(now, MINUTE)) }, now)
  },
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
