import type { Answer, ApiRequest, Endpoint, Verdict } from './http/request.ts'
import type { Dataset, Instrument, RowOf } from './model/market.ts'
import type { Window } from './model/window.ts'
import type { Budget } from './rate/budget.ts'

/** A row that the venue sent and that breaks a rule: recorded, not stored, its minute stays a gap. */
export interface RejectedRow {
  /** Undefined where even the time cannot be read. */
  readonly ts: number | undefined
  readonly row: unknown
  readonly reason: string
}

export interface ParsedRows<D extends Dataset> {
  /** In any order; may hold the same `ts` twice. */
  readonly rows: readonly RowOf[D][]
  readonly rejected: readonly RejectedRow[]
  /** Entries in the answer, good or bad: a full answer (`pageRows` of them) may have been cut by the venue. */
  readonly count: number
}

/**
 * One way to get one dataset from one venue. All of it is data and pure functions: what to ask, what it costs, how to
 * read the answer. Pages, retries, budgets and coverage are the same for every source.
 */
export interface Source<D extends Dataset = Dataset> {
  readonly dataset: D
  /** The interface, as reports name it: `rest`, `archive`, `stream` … */
  readonly source: string
  /**
   * `grid`: a row is expected every `stepMs`, so that what is missing in between is known to be absent at the venue.
   * `events`: rows come when something happens; only windows are covered.
   */
  readonly shape: 'grid' | 'events'
  readonly stepMs: number
  /** Rows of the page that brings the most rows per weight; a grid window is cut into pages of this many steps. */
  readonly pageRows: number
  /** An answer covers what lies this long before the venue's now only up to its last row: it may not be out yet. */
  readonly edgeMs: number
  /** Events: whether the venue can have a new row in this window at its newest edge; a tail without is not asked for. */
  isDue?(symbol: string, tail: Window): boolean
  /** Rows of `[from, to)`, oldest first, at most `pageRows` of them. */
  request(symbol: string, window: Window): ApiRequest
  /** Throws `PayloadError` if the answer as a whole is not what the venue promises. */
  parse(payload: unknown, symbol: string): ParsedRows<D>
  /**
   * The same as `parse`, straight from the text of an answer in which nothing is unusual; undefined where something is,
   * for `parse` to judge. Only for answers so frequent that reading them as JSON first is what limits the speed.
   */
  scan?(body: string): ParsedRows<D> | undefined
  /** The first row in `[from, to)` and nothing else: the cheap question that proves a long absence. */
  firstRequest?(symbol: string, window: Window): ApiRequest
}

/** What one `exchangeInfo` or the like tells. */
export interface Listing {
  readonly instruments: readonly Instrument[]
  /** Limits as the venue states them now, by pool. */
  readonly limits: Readonly<Record<string, number>>
}

export type SourceMap = { readonly [D in Dataset]?: Source<D> }

/** An exchange as data. Implemented by the folders of `src/venues`. */
export interface Venue {
  readonly name: string
  /** Host that users know, for messages. */
  readonly host: string
  readonly budgets: readonly Budget[]
  /** No row of any dataset is older. */
  readonly historyStart: number
  /** The venue's server time, milliseconds since the epoch. */
  readonly time: Endpoint<number>
  readonly listing: Endpoint<Listing>
  /** Settings of the venue that its sources need, read once before planning. */
  readonly prepare?: Endpoint<void>
  readonly sources: SourceMap
  judge(answer: Answer): Verdict
  /** Whether `--symbols all` means this one. */
  isTradable(instrument: Instrument): boolean
  /** Whether it trades around the clock, so that each newest minute has a row. */
  isContinuous(instrument: Instrument): boolean
}
