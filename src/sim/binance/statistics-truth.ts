import type { Window } from '../../lib/model/window.ts'
import type { StatisticTruth } from '../core/simulator.ts'
import { STEP } from './candle-digest.ts'
import type { Statistic, Statistics } from './statistics.ts'
import type { PublishedRow, StatisticsBoard } from './statistics-board.ts'
import type { StatisticTruthRows } from './statistics-rows.ts'

export function createStatisticTruth(
  statistics: Statistics,
  board: StatisticsBoard,
  now: () => number,
): StatisticTruth<StatisticTruthRows> {
  const read = <Row>(
    statistic: Statistic<Row>,
    symbol: string,
    { from, to }: Window,
  ): PublishedRow<Row>[] => {
    const limit = Number.POSITIVE_INFINITY
    return board.read(statistic, { symbol, period: STEP, from, to: to - 1, limit, end: 'oldest' }, now())
  }
  return {
    openInterest: (symbol, window) => read(statistics.openInterest, symbol, window).map(({ row }) => row),
    ratios: (kind, symbol, window) => read(statistics.ratios[kind], symbol, window).map(({ row }) => row),
    takerVolume: (symbol, window) =>
      read(statistics.takerVolume, symbol, window).map(({ at, row }) => ({ ...row, start: at })),
  }
}
