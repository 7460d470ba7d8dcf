import { isPlausibleTime } from '../http/plausible-time.ts'
import { readDecimal, readWhole } from './cell-values.ts'
import { NOT_PLAIN, type PlainCells, valueAt } from './plain-cells.ts'

/** What the scanner tells of the cells of a batch, cell `c` of row `r` at `r * (columns + 1) + c`. */
export interface CellTables extends PlainCells {
  /**
   * Where each cell begins; it ends one before the next offset: the byte in between is the separator. Behind the last
   * cell of a row stands where a cell would begin that followed it.
   */
  readonly offsets: Uint32Array
}

export const createTables = (cells: number): CellTables => ({
  offsets: new Uint32Array(cells),
  digits: new Float64Array(cells),
  scales: new Int8Array(cells),
})

export interface OddLine {
  /** From 1, a header included. */
  readonly line: number
  readonly cells: number
  readonly text: string
}

/**
 * Rows of cells, as the bytes that they arrived in, and what was read of them on the way. A plain cell is a decimal of at
 * most 15 digits, 8 of them behind the point, which is nearly every one; of all others the bytes are read again.
 */
export class ByteRows {
  readonly columns: number
  readonly count: number
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  readonly digits: Float64Array
  readonly scales: Int8Array
  /** Lines among them that have another number of cells. */
  readonly odd: readonly OddLine[]

  constructor(
    columns: number,
    count: number,
    bytes: Uint8Array,
    { offsets, digits, scales }: CellTables,
    odd: readonly OddLine[],
  ) {
    this.columns = columns
    this.count = count
    this.bytes = bytes
    this.offsets = offsets
    this.digits = digits
    this.scales = scales
    this.odd = odd
  }

  /** The value of a cell, as `readDecimal` reads it. */
  decimal(row: number, cell: number): number {
    const at = row * (this.columns + 1) + cell
    if ((this.scales[at] ?? NOT_PLAIN) >= 0) return valueAt(this.digits, this.scales, at)
    return readDecimal(this.bytes, this.#from(at), this.#to(at))
  }

  /** The whole number in a cell, as `readWhole` reads it. */
  whole(row: number, cell: number): number {
    const at = row * (this.columns + 1) + cell
    const digits = this.digits[at] ?? 0
    return this.scales[at] === 0 && digits >= 0 ? digits : readWhole(this.bytes, this.#from(at), this.#to(at))
  }

  /** The time in milliseconds in a cell; NaN for anything else, also for seconds and microseconds. */
  time(row: number, cell: number): number {
    const time = this.whole(row, cell)
    return isPlausibleTime(time) ? time : Number.NaN
  }

  isEmpty(row: number, cell: number): boolean {
    const at = row * (this.columns + 1) + cell
    return this.#from(at) === this.#to(at)
  }

  /** The text of one cell. */
  text(row: number, cell: number): string {
    const at = row * (this.columns + 1) + cell
    return decodeCell(this.bytes, this.#from(at), this.#to(at))
  }

  /** The text of a whole row. */
  line(row: number): string {
    const at = row * (this.columns + 1)
    return decodeCell(this.bytes, this.#from(at), this.#to(at + this.columns - 1))
  }

  #from(at: number): number {
    return this.offsets[at] ?? 0
  }

  #to(at: number): number {
    return (this.offsets[at + 1] ?? 1) - 1
  }
}

export const decodeCell = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8')
