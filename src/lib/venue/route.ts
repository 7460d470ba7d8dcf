import type { VenueRefusedError } from '../errors.ts'
import type { Dataset, RowOf } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { Schedule } from '../plan/schedule.ts'
import type { Api } from './api.ts'
import type { OddEntry } from './listing.ts'
import type { ApiRequest, Endpoint } from './request.ts'

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
  /** The answer says nothing of what is older, rows or not; infinite where it says nothing at all. Default: all. */
  readonly trustedFrom?: number
}

/** A question to an interface and how to read its answer. */
export interface Question<D extends Dataset> {
  /** Rows of `[from, to)`, at most `pageRows` of them: see `keeps`. */
  request(symbol: string, view: Window): ApiRequest
  /**
   * The rows that `window` is about; `view` is what was asked for, more than the window only where the source has a
   * `view`. Throws `PayloadError` if the answer as a whole is not what the venue promises.
   */
  parse(payload: unknown, symbol: string, window: Window, view: Window): ParsedRows<D>
  /** See `Endpoint`. */
  readonly keepsDigits?: boolean
  /** The same question for up to `most` symbols at once; `parse` then finds its symbol in the answer for all. */
  readonly batch?: {
    readonly most: number
    request(symbols: readonly string[], view: Window): ApiRequest
  }
  /**
   * The same as `parse`, straight from the text of an answer in which nothing is unusual; undefined where something is,
   * for `parse` to judge. Only for answers so frequent that reading them as JSON first is what limits the speed.
   */
  scan?(body: string): ParsedRows<D> | undefined
}

type Questions<D extends Dataset> = readonly [Question<D>, ...Question<D>[]]

/**
 * One way to get one dataset from one venue. All of it is data and pure functions: what to ask, what it costs, how to
 * read the answer. Pages, retries, budgets and coverage are the same for every source.
 */
export interface Route<D extends Dataset = Dataset> {
  readonly dataset: D
  /** The interface, as reports name it: `rest`, `coinalyze`, `archive`, `stream` … */
  readonly name: string
  /** Where it is asked, if that is not the venue itself. */
  readonly api?: Api
  /** Read once before the first question of a run, for example how this interface names the symbols. */
  readonly prepare?: Endpoint<readonly OddEntry[]>
  /** Why it has nothing of this symbol; undefined where it has. Asked after `prepare`. */
  findRefusal?(symbol: string): string | undefined
  /**
   * `grid`: a row is expected every `stepMs`, so that what is missing in between is known to be absent at the venue.
   * `events`: rows come when something happens; only windows are covered.
   */
  readonly shape: 'grid' | 'events'
  /** A longer step than a minute is stored as a row for each of its minutes. */
  readonly stepMs: number
  /** A row of a grid tells of an instant, the start of its step, and not of the time since the one before. */
  readonly isSnapshot?: boolean
  /** Rows of the page that brings the most rows per weight; a grid window is cut into pages of this many steps. */
  readonly pageRows: number
  /**
   * What an answer holds of more rows than fit into it: the oldest of the window, so that the rest lies behind them, or
   * the newest. Default: the oldest.
   */
  readonly keeps?: 'oldest' | 'newest'
  /** An answer covers what lies this long before the venue's now only up to its last row: it may not be out yet. */
  readonly edgeMs: number
  /** A new row may appear so long after its time: until then nobody waits for it, and its absence is no lack. Default 0. */
  readonly publicationMs?: number
  /** What is younger may still change and is not wanted yet. Default 0. */
  readonly settleMs?: number
  /** What is older cannot be had: such windows are the end of history, and what expires first is fetched first. */
  readonly retentionMs?: number
  /** Whether an answer refuses a window because it is older than what is kept. */
  isTooOld?(refusal: VenueRefusedError): boolean
  /**
   * What is asked for at the venue's `now` to learn of a window, where that is more than the window: what lies around it
   * tells whether the answer can be trusted there. The second attempt sees all that there is. Such a question costs the
   * same however wide it is, so that one asks for all gaps of a symbol.
   */
  view?(window: Window, attempt: number, now: number): Window
  /** Events that come by a schedule: one that should be there and is not is missing, not absent. */
  readonly schedule?: Schedule
  /** One, or several whose answers make up the rows together; a row is whole when each of them has its part. */
  readonly questions: Questions<D>
  /**
   * Other questions for the same rows where they are young: asked for windows that begin at most `reachMs` before the
   * venue's now. They have what `questions` have of it, and budgets of their own, or cost less.
   */
  readonly recent?: { readonly reachMs: number; readonly questions: Questions<D> }
  /** The first so many rows in `[from, to)` (default 1) and nothing else: the cheap question about a long silence. */
  firstRequest?(symbol: string, window: Window, rows?: number): ApiRequest
  /**
   * Where the rows of a symbol are taken to begin where nothing is known and no `firstRequest` tells: at its listing, or
   * where halving what is wanted comes to, page by page. What lies before is in doubt until it is proven. Without it pages
   * are asked for from the start.
   */
  readonly begin?: 'listing' | 'bisect'
}

/** Sums over the steps of a grid, of which only the data tell whether a timestamp is a step's start or its end. */
export interface TakerVolumeRoute extends Route<'tv'> {
  /** The same way, with timestamps read as that end of the step. */
  labelledBy(label: 'start' | 'end'): TakerVolumeRoute
}

export type RouteMap = { readonly [D in Exclude<Dataset, 'tv'>]?: Route<D> } & {
  readonly tv?: TakerVolumeRoute
}
