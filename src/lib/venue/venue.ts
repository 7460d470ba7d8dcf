import type { VenueRefusedError } from '../errors.ts'
import type { Dataset, Instrument, OpenInterest, RowOf } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { Schedule } from '../plan/schedule.ts'
import type { Budget } from './budget.ts'
import type { Feed } from './feed.ts'
import type { Answer, ApiRequest, Endpoint, Verdict } from './request.ts'

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
  /** Rows of `[from, to)`, oldest first, at most `pageRows` of them. */
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

/** An HTTP interface with its own limits, rules and standing: a venue, or somebody who tells of venues. */
export interface Api {
  readonly name: string
  /** Host that users know, for messages. */
  readonly host: string
  readonly budgets: readonly Budget[]
  /** The cheapest question: whether it answers at all. */
  readonly probe: Endpoint<unknown>
  judge(answer: Answer): Verdict
}

/**
 * One way to get one dataset from one venue. All of it is data and pure functions: what to ask, what it costs, how to
 * read the answer. Pages, retries, budgets and coverage are the same for every source.
 */
export interface Source<D extends Dataset = Dataset> {
  readonly dataset: D
  /** The interface, as reports name it: `rest`, `coinalyze`, `archive`, `stream` … */
  readonly source: string
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
  readonly questions: readonly [Question<D>, ...Question<D>[]]
  /** The first so many rows in `[from, to)` (default 1) and nothing else: the cheap question about a long silence. */
  firstRequest?(symbol: string, window: Window, rows?: number): ApiRequest
}

/** An entry of a list that is not what the venue promises: recorded, and the others stand. */
export interface OddEntry {
  /** Where it stood. */
  readonly list: string
  /** What it is called, where that can be read. */
  readonly name: string | undefined
  readonly reason: string
  readonly entry: unknown
  /** Nothing is known of it; otherwise it lacks what could not be read, or stands in the list all the same. */
  readonly isLost: boolean
}

/** What one `exchangeInfo` or the like tells. */
export interface Listing {
  readonly instruments: readonly Instrument[]
  /** What could not be read of it. */
  readonly odd: readonly OddEntry[]
  /** Limits as the venue states them now, by pool. */
  readonly limits: Readonly<Record<string, number>>
}

/** Sums over the steps of a grid, of which only the data tell whether a timestamp is a step's start or its end. */
export interface TakerVolumeSource extends Source<'tv'> {
  /** Decided at run time, before more than a sample is asked for. */
  label: 'start' | 'end'
}

export type SourceMap = { readonly [D in Exclude<Dataset, 'tv'>]?: Source<D> } & {
  readonly tv?: TakerVolumeSource
}

/** An exchange as data. Implemented by the folders of `src/venues`. */
export interface Venue extends Api {
  /** No row of any dataset is older. */
  readonly historyStart: number
  /** The venue's server time, milliseconds since the epoch. */
  readonly probe: Endpoint<number>
  readonly listing: Endpoint<Listing>
  /** Settings of the venue that its sources need, read once before planning. */
  readonly prepare?: Endpoint<readonly OddEntry[]>
  readonly sources: SourceMap
  /** Open interest as it is at the venue's `now`: a row of the minute that begins next, as it is not known before. */
  openInterestNow?(symbol: string, now: number): Endpoint<OpenInterest>
  /** Where it tells what happens as it happens. */
  readonly feed?: Feed
  /** Whether `--symbols all` means this one. */
  isTradable(instrument: Instrument): boolean
  /** Whether it trades around the clock, so that each newest minute has a row. */
  isContinuous(instrument: Instrument): boolean
}
