import type { FileRecord } from './archive/ledger.ts'
import type { Tier } from './events.ts'
import type { EncodedRows } from './model/encoded-rows.ts'
import type { Dataset, Decimal, Instrument, RowOf, TakerMethod } from './model/market.ts'
import type { Window } from './model/window.ts'
import type { OddEntry } from './venue/listing.ts'

/** What one answer shows of a stretch of which it has no row. Times are the venue's. */
export interface Evidence {
  readonly stretch: Window
  /** What was asked for: the stretch and what lies around it. */
  readonly asked: Window
  /** The last row before the stretch and the first one after it, in this same answer. */
  readonly before: number | undefined
  readonly after: number | undefined
  readonly askedAt: number
  /** The id of the run that asked. */
  readonly run: string
}

/** The rows of one symbol and dataset. */
export interface Series<D extends Dataset = Dataset> {
  readonly symbol: string
  readonly dataset: D
  /** Which of several of a dataset, where it has them: the period of an RSI other than the usual one. */
  readonly variant?: string
}

/** What one page brings to the database: its rows and what is now known. Both are committed in one transaction. */
export interface Commit extends Series {
  readonly rows: EncodedRows
  /** Asked, answered and final; of orders, of which nobody can tell that they are all, none. Normalized; may have holes where a row was rejected or is not final yet. */
  readonly covered: readonly Window[]
  /** Inside `covered`, where the venue itself has no row. */
  readonly absent: readonly Window[]
  /** Why the venue is believed to have no row somewhere, or may be by a later run. */
  readonly evidence?: readonly Evidence[]
  /** True where the coverage, read under a claim, proves that the table holds no row of these windows. */
  readonly isFresh: boolean
  /** A row that is stored already stays as it is, whatever this one says: it comes from a better source. */
  readonly yields?: boolean
  /** By which route the rows came, and in which file; undefined where they were made. */
  readonly origin?: { readonly route: string; readonly file?: FileRecord }
  /** What the rows were made from: where any of it has changed since, nothing of the batch is written. */
  readonly basis?: readonly Basis[]
}

/** The state in which stored rows were read. */
export interface Basis {
  readonly dataset: Dataset
  readonly symbol: string
  /** See `Coverage`; empty where there was no coverage. */
  readonly version: string
  /** Where the coverage ended: given where rows beyond it, or their absence, were taken as they were found. */
  readonly until?: number
}

/** A row that the database did not take, although it passed the venue's rules; its minute was left uncovered. */
export interface RefusedRow {
  readonly dataset: Dataset
  readonly symbol: string
  readonly ts: number
  /** The row as the database describes it. */
  readonly row: string
  readonly reason: string
}

export interface WriteResult {
  readonly inserted: number
  readonly updated: number
  /** Rows that gave way to stored ones which say something else. */
  readonly yielded: number
  readonly refused: readonly RefusedRow[]
  /** A basis had changed: nothing was written, the rows have to be made anew. */
  readonly isStale: boolean
}

export interface Coverage {
  readonly covered: readonly Window[]
  readonly absent: readonly Window[]
  /** Changes with every commit that does more than add to the end. */
  readonly version: string
}

/** What a run wants of one series, and what its source says of the times at which rows are due. Milliseconds. */
export interface WantedSeries extends Series {
  readonly window: Window
  /** So often something new is due, at whole multiples in UTC. */
  readonly cadenceMs: number
  /** So much later it is out; negative where a row holds for the time after its own. */
  readonly publicationMs: number
  /** What is older cannot be had at any time, or before this. */
  readonly keptMs?: number | undefined
  readonly keptFrom?: number | undefined
}

/** Who has a claim. */
export interface ClaimHolder {
  /** Undefined where it is no run of this version. */
  readonly run: string | undefined
  readonly script: string | null
  readonly host: string | null
  readonly process: number | null
  readonly since: number
  /** Since its last sign of life. */
  readonly silentMs: number
}

/** The rows and the knowledge of what is covered. Implemented by `db`. */
export interface Store {
  /** Done once, when a page arrives. Oldest first. */
  encode<D extends Dataset>(symbol: string, dataset: D, rows: readonly RowOf[D][]): EncodedRows
  /**
   * Writes in one transaction; an equal row is left untouched, a different one replaced and counted as updated. Rows
   * that the database refuses are left out with their minute and told in the result. Throws `DatabaseError` when the
   * database stays away for longer than it may; then nothing is written, or all of it.
   */
  write(commits: readonly Commit[]): Promise<WriteResult>
  /** Coverage of the given symbols; a symbol that was never asked is not in the map. */
  coverage(
    dataset: Dataset,
    symbols: readonly string[],
    variant?: string,
  ): Promise<ReadonlyMap<string, Coverage>>
  /** Remembers what is wanted, beside what earlier runs wanted: what of it is not covered is missing. */
  saveWanted(series: readonly WantedSeries[]): Promise<void>
  /** What earlier questions showed of stretches that reach into `window`, oldest first. */
  evidence(dataset: Dataset, symbol: string, window: Window): Promise<readonly Evidence[]>
  /**
   * The right to fetch one symbol and dataset, held by one process of all that share the database and given back when
   * the process dies. Undefined where another process has it.
   */
  claim(dataset: Dataset, symbol: string, variant?: string): Promise<AsyncDisposable | undefined>
  /** Who holds it, for whoever waits for it; undefined where nobody does any more, or nobody can tell. */
  holderOf?(dataset: Dataset, symbol: string, variant?: string): Promise<ClaimHolder | undefined>
  /** Those that the database does not take are left out, and told. */
  saveInstruments(instruments: readonly Instrument[], seenAt: number): Promise<readonly OddEntry[]>
}

/** What a stored candle traded. */
export interface MinuteVolume {
  readonly ts: number
  readonly volume: Decimal
  /** Null where the venue did not tell. */
  readonly takerBuyVolume: Decimal | null
}

/** Reads what taker volume is made from. Implemented by `db`. */
export interface VolumeReader {
  /** Oldest first. */
  volumes(symbol: string, window: Window): Promise<readonly MinuteVolume[]>
  /** Minutes with a candle. */
  candleWindows(symbol: string, window: Window): Promise<readonly Window[]>
  /** Minutes whose taker volume was made by this method. */
  takerWindows(symbol: string, window: Window, method: TakerMethod): Promise<readonly Window[]>
}

export interface ExecutionCounts {
  readonly requests: number
  readonly rowsFetched: number
  readonly rowsInserted: number
  readonly rowsUpdated: number
  readonly errors: number
  readonly warnings: number
}

/** The record of runs that `status` and `errors` read. Implemented by `db`; every call carries the run's id. */
export interface Journal {
  start(params: Readonly<Record<string, unknown>>): Promise<void>
  status(tier: Tier, message: string, details: Readonly<Record<string, unknown>>): Promise<void>
  failures(
    rows: readonly { type: string; message: string; details: Readonly<Record<string, unknown>> }[],
  ): Promise<void>
  heartbeat(counts: ExecutionCounts): Promise<void>
  finish(
    success: boolean,
    failureType: string | null,
    counts: ExecutionCounts,
    performance: unknown,
  ): Promise<void>
}

/** Stored closes, ascending: as many times (milliseconds) as closes, the nearest double of each. */
export interface Closes {
  readonly ts: Float64Array
  readonly close: Float64Array
}

export interface SymbolCloses extends Closes {
  readonly symbol: string
}

/** Reads what RSI and index are made from, and what they go on from. The index itself is the symbol `INDEX_SYMBOL`. */
export interface Candles {
  /** All symbols of which anything is known of the candles, ascending by code unit. */
  symbols(): Promise<readonly string[]>
  /** From the first stored minute to the end of the last; a symbol without any is not in the map. */
  lives(symbols: readonly string[]): Promise<ReadonlyMap<string, Window>>
  /** The first stored minute in any of the windows, which ascend. */
  firstMinute(symbol: string, windows: readonly Window[]): Promise<number | undefined>
  /** In chunks of at most 10,000, none of them empty. */
  closes(symbol: string, window: Window): AsyncIterable<Closes>
  /** One window of many symbols, in their order, one at a time; those without candles are left out. */
  closesOf(symbols: readonly string[], window: Window): AsyncIterable<SymbolCloses>
  /** The closes of one minute; a symbol without is not in the map. */
  closesAt(symbols: readonly string[], ts: number): Promise<ReadonlyMap<string, number>>
  /** The last row of a series before `ts`. */
  lastBefore<D extends Dataset>(series: Series<D>, ts: number): Promise<RowOf[D] | undefined>
  /** Whether any row of a series is stored in the window. */
  hasRows(series: Series, window: Window): Promise<boolean>
}

/** How many seconds of a minute a live feed showed. */
export interface ObservedMinute {
  /** Start of the minute. */
  readonly ts: number
  /** 0 to 60, rounded down. */
  readonly seconds: number
}

/** Makes the sums per minute of the single liquidation orders that are stored. Implemented by `db`. */
export interface LiquidationSums {
  /**
   * One row of source `stream` for each symbol and minute of which something was seen, zeros included, and for each that
   * has orders, in one transaction with the coverage of the
   * minutes that were seen whole. Made anew where it is there already; what was seen before is not forgotten.
   */
  sum(symbols: readonly string[], minutes: readonly ObservedMinute[]): Promise<void>
  /**
   * The same for minutes of the last week before `until` that have orders and no sum, as a stream that was killed leaves
   * them: nobody knows any more how much of them was seen, which counts as 0 seconds.
   */
  recover(until: number): Promise<void>
}
