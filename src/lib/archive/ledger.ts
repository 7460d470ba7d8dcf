import type { Dataset } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { ListedFile } from '../venue/archive.ts'

/** What became of a file. */
export interface FileRecord extends ListedFile {
  readonly state: 'loaded' | 'refused'
  /** Undefined where it was refused. */
  readonly sha256: string | undefined
  /** Rows of it that are stored. */
  readonly rows: number
  /** Why it was refused, or what became of its rows that were not those that are stored. */
  readonly reason: string | undefined
}

/** How a file was when it was loaded. */
export interface KnownFile {
  readonly etag: string
  readonly size: number
  readonly window: Window
}

/** Where stored rows of a series came from. */
export interface RowOrigin {
  /** As `Commit.origin` names it. */
  readonly route: string
  readonly file: OriginFile | undefined
  readonly covered: readonly Window[]
}

export interface OriginFile {
  readonly key: string
  /** Null where it was refused since. */
  readonly sha256: string | null
  readonly window: Window
}

/** What is remembered of an archive. Implemented by `db`; loaded files are recorded with their rows, by `Store.write`. */
export interface ArchiveLedger {
  /** Records a file of which nothing was stored. */
  refuse(file: FileRecord): Promise<void>
  /** The files of a symbol and kind that were loaded, by key; of one that was refused since, the ETag is empty. */
  loaded(symbol: string, kind: string): Promise<ReadonlyMap<string, KnownFile>>
  /** Where the rows of a series in `window` came from; what is in none of them came before this was written down, or by feed. */
  origins(symbol: string, dataset: Dataset, window: Window): Promise<readonly RowOrigin[]>
  /** Records that terms are shown now; false where they have been shown to whoever uses this database. */
  firstShown(version: string): Promise<boolean>
}
