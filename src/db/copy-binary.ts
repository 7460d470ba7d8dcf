import type { EncodedRows } from '../lib/model/encoded-rows.ts'
import type { Dataset, RowOf } from '../lib/model/market.ts'
import { normalize, type Window } from '../lib/model/window.ts'
import { BinaryBuffer } from './binary-buffer.ts'
import { type ColumnKind, columnNames, hasSymbol, TABLES } from './tables.ts'

/** Signature, flags and extension of a binary COPY. */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
export const COPY_TRAILER = Buffer.from([0xff, 0xff])

/** What a row of these datasets takes; a larger one only makes the buffer grow. */
const ROW_BYTES = 200

/**
 * Rows in the binary format of COPY, in the order of `columnNames`. Made when a page arrives: bytes outside of the
 * heap wait for their transaction instead of thousands of objects, which would have to be moved and collected.
 */
export class BinaryRows implements EncodedRows {
  readonly #bytes: Buffer
  /** Where each row begins, and where the last one ends. */
  readonly #starts: Uint32Array
  readonly #times: Float64Array
  readonly #from: number
  readonly #to: number

  private constructor(bytes: Buffer, starts: Uint32Array, times: Float64Array, from: number, to: number) {
    this.#bytes = bytes
    this.#starts = starts
    this.#times = times
    this.#from = from
    this.#to = to
  }

  /** Rows that have been encoded: where each begins in `bytes` and the last one ends, and the time of each. */
  static of(bytes: Buffer, starts: Uint32Array, times: Float64Array): BinaryRows {
    return new BinaryRows(bytes, starts, times, 0, times.length)
  }

  /** Throws `NotDecimalError` for a value that is none: what comes from a venue has been checked before. */
  static encode<D extends Dataset>(
    venue: string,
    symbol: string,
    dataset: D,
    rows: readonly RowOf[D][],
  ): BinaryRows {
    const columns = TABLES[dataset].columns as readonly { field: keyof RowOf[D]; kind: ColumnKind }[]
    const start = rowPrefix(venue, symbol, dataset)
    const buffer = new BinaryBuffer(rows.length * ROW_BYTES)
    const starts = new Uint32Array(rows.length + 1)
    const times = new Float64Array(rows.length)
    let at = 0
    for (const row of rows) {
      times[at] = row.ts
      buffer.raw(start)
      buffer.time(row.ts)
      for (const { field, kind } of columns) encodeValue(buffer, row[field], kind)
      at += 1
      starts[at] = buffer.length
    }
    return new BinaryRows(buffer.done(), starts, times, 0, rows.length)
  }

  get count(): number {
    return this.#to - this.#from
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(this.#starts[this.#from], this.#starts[this.#to])
  }

  /** The time of the row at `index`; NaN where there is none. */
  timeAt(index: number): number {
    return this.#times[this.#from + index] ?? Number.NaN
  }

  slice(from: number, to: number): BinaryRows {
    return new BinaryRows(this.#bytes, this.#starts, this.#times, this.#from + from, this.#from + to)
  }

  /** The rows whose time lies in none of the windows. */
  without(windows: readonly Window[]): BinaryRows {
    const isOut = leavesOut(windows)
    const kept = Array.from({ length: this.count }, (_, row) => row).filter((row) => !isOut(this.timeAt(row)))
    if (kept.length === this.count) return this
    const starts = new Uint32Array(kept.length + 1)
    const pieces = kept.map((row, at) => {
      const { bytes } = this.slice(row, row + 1)
      starts[at + 1] = (starts[at] ?? 0) + bytes.length
      return bytes
    })
    const times = Float64Array.from(kept, (row) => this.timeAt(row))
    return BinaryRows.of(Buffer.concat(pieces), starts, times)
  }
}

/** Whether a time lies in any of the windows; times are asked for in ascending order. */
function leavesOut(windows: readonly Window[]): (ts: number) => boolean {
  const ascending = normalize(windows)
  let at = 0
  return (ts) => {
    while ((ascending[at]?.to ?? Number.POSITIVE_INFINITY) <= ts) at += 1
    return (ascending[at]?.from ?? Number.POSITIVE_INFINITY) <= ts
  }
}

/** What each row of a symbol begins with, up to its time. */
export function rowPrefix(venue: string, symbol: string, dataset: Dataset): Buffer {
  const prefix = new BinaryBuffer(64)
  prefix.int16(columnNames(dataset).length)
  prefix.text(venue)
  if (hasSymbol(dataset)) prefix.text(symbol)
  return prefix.done()
}

/** What this store has encoded, as it knows it. */
export function toBinaryRows(rows: EncodedRows): BinaryRows {
  if (rows instanceof BinaryRows) return rows
  throw new TypeError('rows that this store has not encoded')
}

function encodeValue(buffer: BinaryBuffer, value: unknown, kind: ColumnKind): void {
  if (value === null || value === undefined) buffer.null()
  else if (kind === 'decimal') buffer.decimal(value as string)
  else if (kind === 'count') buffer.bigint(value as number)
  else if (kind === 'integer') buffer.integer(value as number)
  else if (kind === 'double') buffer.double(value as number)
  else if (kind === 'time') buffer.time(value as number)
  else buffer.text(String(value))
}
