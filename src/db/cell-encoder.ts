import type { ByteRows } from '../lib/archive/byte-rows.ts'
import { readWhole } from '../lib/archive/cell-values.ts'
import { NOT_PLAIN } from '../lib/archive/plain-cells.ts'
import type { EncodedCells, EncoderOptions, RowEncoder } from '../lib/archive/row-encoder.ts'
import type { Dataset } from '../lib/model/market.ts'
import { MINUTE } from '../lib/model/window.ts'
import { BinaryBuffer } from './binary-buffer.ts'
import { BinaryRows, rowPrefix } from './copy-binary.ts'
import { type ColumnKind, TABLES } from './tables.ts'

/** What a row of these datasets takes; a larger one only makes the buffer grow. */
const ROW_BYTES = 200
const EXPECTED_ROWS = 4_096

interface PlannedColumn {
  readonly kind: ColumnKind
  readonly cell: number | 'ts' | null
}

/** Rows of one symbol and dataset from cells to the binary format of COPY. */
export class CellEncoder implements RowEncoder {
  readonly #prefix: Buffer
  readonly #columns: readonly PlannedColumn[]
  readonly #minutes: number
  readonly #buffer: BinaryBuffer
  /** One for each step, as they came. */
  #times: Float64Array
  /** Where each of its rows of minutes begins. */
  #starts: Uint32Array
  #count = 0
  #isAscending = true

  constructor(prefix: Buffer, columns: readonly PlannedColumn[], minutes: number, expectedRows: number) {
    this.#prefix = prefix
    this.#columns = columns
    this.#minutes = minutes
    this.#times = new Float64Array(expectedRows)
    this.#starts = new Uint32Array(expectedRows * minutes + 1)
    this.#buffer = new BinaryBuffer(expectedRows * minutes * ROW_BYTES)
  }

  static open<D extends Dataset>(
    venue: string,
    symbol: string,
    dataset: D,
    { cells, stepMs = MINUTE, expectedRows = EXPECTED_ROWS }: EncoderOptions<D>,
  ): CellEncoder {
    const map = cells as Readonly<Record<string, number | 'ts' | null>>
    const columns = TABLES[dataset].columns.map(({ field, kind }) => ({ kind, cell: map[field] ?? null }))
    return new CellEncoder(rowPrefix(venue, symbol, dataset), columns, stepMs / MINUTE, expectedRows)
  }

  add(rows: ByteRows, times: Float64Array): void {
    for (let row = 0; row < rows.count; row += 1) {
      const ts = times[row] ?? Number.NaN
      if (!Number.isNaN(ts)) this.#addStep(rows, row, ts)
    }
  }

  finish(): EncodedCells {
    const count = this.#count
    const ascending = this.#times.subarray(0, count)
    if (this.#isAscending) {
      const starts = this.#starts.subarray(0, count * this.#minutes + 1)
      const rows = BinaryRows.of(this.#buffer.done(), starts, this.#spread(ascending))
      return { rows, times: ascending, duplicates: 0, disagreeing: [] }
    }
    return this.#sort()
  }

  #addStep(rows: ByteRows, row: number, ts: number): void {
    const at = this.#count
    if (at === this.#times.length) this.#grow()
    if (at > 0 && !(ts > (this.#times[at - 1] ?? Number.NaN))) this.#isAscending = false
    this.#times[at] = ts
    this.#count += 1
    for (let minute = 0; minute < this.#minutes; minute += 1) {
      this.#addRow(rows, row, ts, ts + minute * MINUTE)
      this.#starts[at * this.#minutes + minute + 1] = this.#buffer.length
    }
  }

  #addRow(
    { bytes, offsets, digits, scales, columns }: ByteRows,
    row: number,
    ts: number,
    minute: number,
  ): void {
    const buffer = this.#buffer
    const base = row * (columns + 1)
    buffer.raw(this.#prefix)
    buffer.time(minute)
    for (const { kind, cell } of this.#columns) {
      if (cell === null) buffer.null()
      else if (cell === 'ts') buffer.time(ts)
      else {
        const from = offsets[base + cell] ?? 0
        const to = (offsets[base + cell + 1] ?? 1) - 1
        const scale = scales[base + cell] ?? NOT_PLAIN
        if (to <= from) buffer.null()
        else if (kind === 'decimal') {
          if (scale < 0 || !buffer.plainDecimal(digits, base + cell, scale, to - from))
            buffer.decimalCell(bytes, from, to)
        } else encodeCell(buffer, kind, bytes, from, to)
      }
    }
  }

  /** Sorts the steps, counts equal ones once, and leaves out those that disagree. */
  #sort(): EncodedCells {
    const [bytes, times] = [this.#buffer.done(), this.#times]
    const order = Uint32Array.from({ length: this.#count }, (_, at) => at)
    order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b)
    const kept: number[] = []
    const disagreeing: number[] = []
    let duplicates = 0
    for (let at = 0; at < order.length; ) {
      const first = order[at] ?? 0
      const ts = times[first] ?? 0
      let next = at + 1
      let isSame = true
      for (; next < order.length && times[order[next] ?? 0] === ts; next += 1) {
        if (this.#step(bytes, first).equals(this.#step(bytes, order[next] ?? 0))) continue
        isSame = false
      }
      if (isSame) {
        kept.push(first)
        duplicates += next - at - 1
      } else disagreeing.push(ts)
      at = next
    }
    const sorted = Float64Array.from(kept, (step) => times[step] ?? Number.NaN)
    const starts = new Uint32Array(kept.length * this.#minutes + 1)
    const pieces = kept.map((step, at) => {
      const first = this.#starts[step * this.#minutes] ?? 0
      const begin = starts[at * this.#minutes] ?? 0
      for (let minute = 1; minute <= this.#minutes; minute += 1)
        starts[at * this.#minutes + minute] =
          begin + (this.#starts[step * this.#minutes + minute] ?? 0) - first
      return this.#step(bytes, step)
    })
    const rows = BinaryRows.of(Buffer.concat(pieces), starts, this.#spread(sorted))
    return { rows, times: sorted, duplicates, disagreeing }
  }

  #step(bytes: Buffer, step: number): Buffer {
    return bytes.subarray(this.#starts[step * this.#minutes], this.#starts[(step + 1) * this.#minutes])
  }

  /** The time of each row of a minute. */
  #spread(times: Float64Array): Float64Array {
    const minutes = this.#minutes
    if (minutes === 1) return times
    return Float64Array.from(
      { length: times.length * minutes },
      (_, at) => (times[Math.floor(at / minutes)] ?? Number.NaN) + (at % minutes) * MINUTE,
    )
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    times.set(this.#times)
    const starts = new Uint32Array(times.length * this.#minutes + 1)
    starts.set(this.#starts)
    this.#times = times
    this.#starts = starts
  }
}

function encodeCell(
  buffer: BinaryBuffer,
  kind: ColumnKind,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  if (kind === 'text') {
    buffer.text(Buffer.from(bytes.subarray(from, to)).toString('utf8'))
    return
  }
  const value = kind === 'double' ? Number.NaN : readWhole(bytes, from, to)
  if (Number.isNaN(value)) throw new RangeError(`a cell is no ${kind}`)
  if (kind === 'time') buffer.time(value)
  else if (kind === 'count') buffer.bigint(value)
  else buffer.integer(value)
}
