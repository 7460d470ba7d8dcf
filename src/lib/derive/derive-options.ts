import type { RunEventBus } from '../events.ts'
import type { Window } from '../model/window.ts'
import type { Basis, Candles, Coverage, Store } from '../ports.ts'
import type { Clock } from '../time/clock.ts'

export interface DeriveOptions {
  readonly store: Store
  readonly candles: Candles
  readonly events: RunEventBus
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Nothing is made from here on; undefined: all that is stored. */
  readonly until: number | undefined
  /** Make anew what is covered too. */
  readonly isRefetch?: boolean
  /** Of work beside something that goes first. */
  readonly manners?: Manners
}

/** How work on long history leaves room for what cannot wait. */
export interface Manners {
  /** Minutes of one part of the work, which is one transaction. */
  readonly minutesAtOnce: number
  /** Resolves when the next part may begin. */
  readonly turn: () => Promise<void>
  /** So many minutes of a series are done, of so many. */
  readonly onProgress: (symbol: string, done: number, all: number) => void
}

/** A series still to be made. */
export interface Work {
  /** From the first minute that is not covered to the end: what comes later carries everything before it. */
  readonly window: Window
  /** At most this many. */
  readonly rows: number
}

/** What one attempt came to; undefined where it went through. */
export type Stale = { readonly from: number } | undefined

/** The rows of a symbol as they were read: with where their coverage ended, as what lies beyond is used too. */
export function basisOf(dataset: Basis['dataset'], symbol: string, coverage: Coverage | undefined): Basis {
  if (!coverage) return { dataset, symbol, version: '' }
  const until = coverage.covered.reduce((end, { to }) => Math.max(end, to), 0)
  return { dataset, symbol, version: coverage.version, ...(until > 0 && { until }) }
}
