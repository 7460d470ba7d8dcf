import type { Window } from '../../lib/model/window.ts'
import type { FaultRule } from './faults.ts'
import type { LiquidationOrder } from './liquidation-orders.ts'
import type { SimulatorStats } from './stats.ts'
import type { StreamStats } from './stream/stream-stats.ts'

/** A liquidation of one symbol as the stream of all symbols shows it. */
export type ShownLiquidation = Pick<LiquidationOrder, 'time' | 'positionSide' | 'price' | 'quantity'>

/** Whose long/short ratio: that of all accounts, of the largest ones by count, of their positions by size. */
export type RatioKind = 'global-account' | 'top-account' | 'top-position'

/** Wire rows of the five-minute statistics. */
export interface StatisticRows {
  readonly openInterest: unknown
  readonly ratio: unknown
  /** A flow; tells where its five minutes begin, whichever end the wire form labels. */
  readonly takerVolume: { readonly start: number }
}

/** Five-minute statistics that are out by now, ascending, without the points that the venue never had, however old. */
export interface StatisticTruth<Rows extends StatisticRows> {
  /** Snapshots whose time lies in the window. */
  openInterest(symbol: string, window: Window): Rows['openInterest'][]
  ratios(kind: RatioKind, symbol: string, window: Window): Rows['ratio'][]
  /** Flows whose start lies in the window. */
  takerVolume(symbol: string, window: Window): Rows['takerVolume'][]
}

/** What a simulated venue would answer to somebody who could see everything, in its wire form. */
export interface Truth<CandleRow, FundingRow, Statistics extends StatisticRows = StatisticRows>
  extends StatisticTruth<Statistics> {
  /** Closed candles whose open time lies in the window, ascending, as corrected by now. */
  candles(symbol: string, window: Window): CandleRow[]
  /** Settled funding rates whose time as sent lies in the window, ascending. */
  funding(symbol: string, window: Window): FundingRow[]
  /** Whose time lies in the window and whose frame is due by now, ascending. */
  liquidationOrders(symbol: string, window: Window): ShownLiquidation[]
}

export interface Simulator<CandleRow, FundingRow, Statistics extends StatisticRows = StatisticRows>
  extends AsyncDisposable {
  readonly restUrl: string
  /** Without a path: `ws://127.0.0.1:8089`. */
  readonly wsUrl: string
  readonly truth: Truth<CandleRow, FundingRow, Statistics>
  stats(): SimulatorStats
  /** What the live stream did so far. */
  stream(): StreamStats
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void
  /** Venue time. */
  now(): number
  /** Moves the venue's clock forward at once: past a minute, a ban, a correction. */
  advance(ms: number): void
  /** Ends the server and every connection. */
  close(): Promise<void>
}
