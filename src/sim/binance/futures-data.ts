import type { StatisticTruth } from '../core/simulator.ts'
import type { Route } from '../core/venue-desk.ts'
import { createMetrics, type ReadMetrics } from './archive/metrics.ts'
import { createFuturesDataRoutes } from './futures-data-routes.ts'
import type { BinanceMarket } from './market.ts'
import { createStatistics } from './statistics.ts'
import { StatisticsBoard } from './statistics-board.ts'
import type { FuturesDataOptions, StatisticTruthRows } from './statistics-rows.ts'
import { createStatisticTruth } from './statistics-truth.ts'

export interface FuturesData {
  readonly routes: readonly Route[]
  readonly truth: StatisticTruth<StatisticTruthRows>
  /** The same figures as the archive tells them. */
  readonly metrics: ReadMetrics
}

/** The five-minute statistics of a market; `now` is the venue's time. */
export function createFuturesData(
  market: BinanceMarket,
  seed: string,
  options: FuturesDataOptions,
  now: () => number,
): FuturesData {
  const statistics = createStatistics(market, seed)
  const board = new StatisticsBoard(market, options)
  return {
    routes: createFuturesDataRoutes({ market, statistics, board, options, now }),
    truth: createStatisticTruth(statistics, board, now),
    metrics: createMetrics(statistics, board),
  }
}
