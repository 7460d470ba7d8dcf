import type { EncodedRows } from '../model/encoded-rows.ts'
import type { Dataset, RowOf } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { ByteRows } from './byte-rows.ts'

/**
 * Where each field of a row stands in a line of cells: in which cell, from 0; `ts` where it is the time of the row; null
 * where nothing tells it. An empty cell tells nothing either.
 */
export type CellMap<D extends Dataset> = {
  readonly [F in Exclude<keyof RowOf[D], 'ts'>]: number | 'ts' | null
}

/** What became of the cells of a file. */
export interface EncodedCells {
  /** Oldest first, one for each `ts`; of a step of several minutes one for each minute. */
  readonly rows: EncodedRows
  /** Their times, ascending, milliseconds; of a step its beginning alone. */
  readonly times: Float64Array
  /** Rows that came again with the same values, and count once. */
  readonly duplicates: number
  /** Times, ascending, of which there were rows with different values: none of them is among the rows. */
  readonly disagreeing: readonly number[]
}

/** Takes rows straight from the cells of a file: no object is made for a row, and no text for a value. */
export interface RowEncoder {
  /**
   * Row `r` has the time `times[r]`, milliseconds; where that is NaN it is left out. The cells have been checked: throws
   * for a value that the table does not take as what it should be.
   */
  add(rows: ByteRows, times: Float64Array): void
  /** In any order until here. The encoder is of no use afterwards. */
  finish(): EncodedCells
}

export interface EncoderOptions<D extends Dataset> {
  readonly cells: CellMap<D>
  /** A row holds for so long, and is stored for each minute of it. Default one minute. */
  readonly stepMs?: number
  /** About so many rows come: saves room and copying. */
  readonly expectedRows?: number
}

/** Of rows that are at hand: the minutes of those whose key is stored. */
export interface StoredRows {
  readonly stored: readonly Window[]
  /** Those that say something else. What the new row does not tell counts for nothing, digits that one of them lacks neither. */
  readonly different: readonly Window[]
}

/** What of a store files need beside `Store`. Implemented by `db`. */
export interface CellStore {
  openEncoder<D extends Dataset>(symbol: string, dataset: D, options: EncoderOptions<D>): RowEncoder
  /** Holds rows against what is stored, and changes nothing. */
  compare(dataset: Dataset, rows: EncodedRows): Promise<StoredRows>
  /** The rows whose time lies in none of the windows. */
  leaveOut(rows: EncodedRows, windows: readonly Window[]): EncodedRows
}
