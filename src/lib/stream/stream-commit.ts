import type { Dataset, RowOf } from '../model/market.ts'
import type { Window } from '../model/window.ts'

/** What a feed brings of one symbol, as rows: it may have to wait on disk before it can be encoded for a database. */
export interface StreamCommit<D extends Dataset = Dataset> {
  readonly symbol: string
  readonly dataset: D
  /** Oldest first. */
  readonly rows: readonly RowOf[D][]
  readonly covered: readonly Window[]
  /** See `Commit`. */
  readonly yields: boolean
}

/** Where rows wait while the database is away, in the order in which they came. Implemented by `db`. */
export interface Spool {
  /** Batches that wait. */
  readonly size: number
  /** Durable when it returns. False where there is no more room: then nothing was taken. */
  append(commits: readonly StreamCommit[]): boolean
  first(): { readonly id: number; readonly commits: readonly StreamCommit[] } | undefined
  remove(id: number): void
}
