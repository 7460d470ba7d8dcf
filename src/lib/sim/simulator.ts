import type { Window } from '../model/window.ts'
import type { FaultRule } from './faults.ts'
import type { SimulatorStats } from './stats.ts'

/** What a simulated venue would answer to somebody who could see everything, in its wire form. */
export interface Truth<CandleRow, FundingRow> {
  /** Closed candles whose open time lies in the window, ascending, as corrected by now. */
  candles(symbol: string, window: Window): CandleRow[]
  /** Settled funding rates whose time as sent lies in the window, ascending. */
  funding(symbol: string, window: Window): FundingRow[]
}

export interface Simulator<CandleRow, FundingRow> extends AsyncDisposable {
  readonly restUrl: string
  readonly truth: Truth<CandleRow, FundingRow>
  stats(): SimulatorStats
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void
  /** Venue time. */
  now(): number
  /** Moves the venue's clock forward at once: past a minute, a ban, a correction. */
  advance(ms: number): void
  /** Ends the server and every connection. */
  close(): Promise<void>
}
