import type { Window } from '../model/window.ts'
import type { ListedFile } from '../venue/archive.ts'

/** What became of a file. */
export interface FileRecord extends ListedFile {
  readonly state: 'loaded' | 'refused'
  /** Undefined where it was refused. */
  readonly sha256: string | undefined
  /** Rows of it that are stored. */
  readonly rows: number
  readonly reason: string | undefined
}

/** How a file was when it was loaded. */
export interface KnownFile {
  readonly etag: string
  readonly size: number
  readonly window: Window
}

/** What is remembered of an archive. Implemented by `db`; loaded files are recorded with their rows, by `Store.write`. */
export interface ArchiveLedger {
  /** Records a file of which nothing was stored. */
  refuse(file: FileRecord): Promise<void>
  /** The files of a symbol and kind that were loaded, by key. */
  loaded(symbol: string, kind: string): Promise<ReadonlyMap<string, KnownFile>>
  /** Records that terms are shown now; false where they have been shown to whoever uses this database. */
  firstShown(version: string): Promise<boolean>
}
