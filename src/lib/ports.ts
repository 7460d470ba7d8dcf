import type { Tier } from './events.ts'
import type { Dataset, Instrument, RowOf } from './model/market.ts'
import type { Window } from './model/window.ts'

/** Rows in the form in which the store that made it takes them; nobody else can read it. */
export interface EncodedRows {
  readonly count: number
}

/** What one page brings to the database: its rows and what is now known. Both are committed in one transaction. */
export interface Commit {
  readonly symbol: string
  readonly dataset: Dataset
  readonly rows: EncodedRows
  /** Asked, answered and final. Normalized; may have holes where a row was rejected or is not final yet. */
  readonly covered: readonly Window[]
  /** Inside `covered`, where the venue itself has no row. */
  readonly absent: readonly Window[]
  /** True where the coverage, read under a claim, proves that the table holds no row of these windows. */
  readonly isFresh: boolean
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
  readonly refused: readonly RefusedRow[]
}

export interface Coverage {
  readonly covered: readonly Window[]
  readonly absent: readonly Window[]
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
  coverage(dataset: Dataset, symbols: readonly string[]): Promise<ReadonlyMap<string, Coverage>>
  /**
   * The right to fetch one symbol and dataset, held by one process of all that share the database and given back when
   * the process dies. Undefined where another process has it.
   */
  claim(dataset: Dataset, symbol: string): Promise<AsyncDisposable | undefined>
  saveInstruments(instruments: readonly Instrument[], seenAt: number): Promise<void>
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
