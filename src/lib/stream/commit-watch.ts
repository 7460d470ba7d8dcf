import { MINUTE, SECOND } from '../model/window.ts'
import type { WriteResult } from '../ports.ts'
import type { Indicators } from './indicators.ts'
import type { Lag } from './lag.ts'
import type { LiveSymbols } from './live-symbols.ts'
import type { ObservedTime } from './observed-time.ts'
import type { StreamCommit } from './stream-commit.ts'
import type { Pending } from './stream-writer.ts'

/** Taker volume is cut by five minutes at a time. */
const CUT = 5 * MINUTE

export interface CommitWatchOptions {
  readonly symbols: LiveSymbols
  readonly observed: ObservedTime
  readonly indicators: Indicators
  readonly lag: Lag
  readonly venueNow: () => number
}

/** What follows from how a batch of the feed was taken: what is made of it, and what is missing again. */
export class CommitWatch {
  readonly #options: CommitWatchOptions
  /** Candles that gave way to stored ones which say something else. */
  yielded = 0

  constructor(options: CommitWatchOptions) {
    this.#options = options
  }

  noteWritten(pending: readonly Pending[], { yielded, refused }: WriteResult): void {
    const { indicators, lag, venueNow, symbols } = this.#options
    const now = venueNow()
    for (const { eventTime } of pending) if (Number.isFinite(eventTime)) lag.record(now - eventTime)
    const candles = pending.filter(({ commit }) => commit.dataset === 'ohlcv')
    indicators.noteCandles(candles.map(({ commit }) => commit.symbol))
    for (const { dataset, symbol, ts } of refused)
      if (dataset === 'ohlcv') symbols.find(symbol)?.book.forget([{ from: ts, to: ts + MINUTE }])
    if (yielded === 0) return
    this.yielded += yielded
    // Which of them gave way is not told: all are looked at.
    for (const { commit } of candles)
      for (const { from, to } of commit.covered)
        indicators.noteRepair([commit.symbol], { from: from - CUT, to: to + CUT })
  }

  /** There was no room for them anywhere. */
  noteDropped(commits: readonly StreamCommit[]): void {
    const { symbols, observed } = this.#options
    for (const { symbol, dataset, covered, rows } of commits) {
      if (dataset === 'ohlcv') symbols.find(symbol)?.book.forget(covered)
      if (dataset === 'lqo') for (const { ts } of rows) observed.lose({ from: ts, to: ts + SECOND })
    }
  }
}
