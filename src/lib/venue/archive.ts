import type { CellStore, EncodedCells } from '../archive/row-encoder.ts'
import type { Dataset } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { Api } from './api.ts'
import type { Endpoint } from './request.ts'
import type { RejectedRow } from './route.ts'

/** Whole UTC months, or days. */
export type FilePeriod = 'monthly' | 'daily'

/** One file of an archive. */
export interface ArchiveFile {
  readonly key: string
  /** Of `FileKind.name`. */
  readonly kind: string
  readonly symbol: string
  readonly period: FilePeriod
  /** The times that its rows have, as they are stored. */
  readonly window: Window
}

/** As the listing tells it. */
export interface ListedFile extends ArchiveFile {
  /** Bytes. */
  readonly size: number
  readonly etag: string
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
}

export interface FilePage {
  readonly files: readonly ListedFile[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined
}

/** What a file tells of one dataset. */
export interface FileRows {
  readonly dataset: Dataset
  readonly cells: EncodedCells
  /** Rows that break a rule; of the minutes that are wanted. */
  readonly rejected: readonly RejectedRow[]
}

export interface FileNeeds {
  readonly store: CellStore
  /** The minutes of a dataset that are wanted of this file; the rows of others are left out. */
  readonly wanted: ReadonlyMap<Dataset, readonly Window[]>
}

/** One kind of file: what lies in it, and how it is read. */
export interface FileKind {
  readonly name: string
  readonly datasets: readonly Dataset[]
  /** Months come first. */
  readonly periods: readonly FilePeriod[]
  /** A row may stand in the neighbour of its file: so far outside of the neighbour's window. Default 0. */
  readonly strayMs?: number
  /**
   * The rows of all its wanted datasets. `chunks` are the inflated bytes, once. Throws `ArchiveFileError` where the file
   * as a whole is not what its kind promises, and passes on what `chunks` throws.
   */
  read(file: ArchiveFile, chunks: AsyncIterable<Uint8Array>, needs: FileNeeds): Promise<readonly FileRows[]>
}

/**
 * A bulk archive of a venue: files of whole months and days, with a listing and a checksum beside each. What it holds are
 * the same rows as those of the routes, perhaps with fewer columns.
 */
export interface Archive {
  readonly api: Api
  /** What whoever loads it has to know, in two lines; shown when it is used first, and when they change. */
  readonly terms: { readonly version: string; readonly lines: readonly [string, string] }
  readonly kinds: readonly FileKind[]
  /** The files of a symbol that begin with `from` or later, oldest first; `after`: see `FilePage.next`. */
  list(
    place: { readonly kind: FileKind; readonly period: FilePeriod; readonly symbol: string },
    from: number,
    after?: string,
  ): Endpoint<FilePage>
  /** The perpetuals that it has or ever had, by name; `after`: see `FilePage.next`. */
  symbols(
    after?: string,
  ): Endpoint<{ readonly symbols: readonly string[]; readonly next: string | undefined }>
  /** The SHA-256 of a file, 64 hexadecimal digits, as the checksum file beside it tells. */
  checksum(file: ArchiveFile): Endpoint<string>
  /** All bytes of a file. */
  download(file: ListedFile): Endpoint<Buffer>
  /** The inflated bytes of a file, checked at their end; throws `ArchiveFileError`. */
  open(bytes: Buffer, file: ArchiveFile): AsyncIterable<Uint8Array>
}
