import type { Dataset, RowOf } from '../lib/model/market.ts'
import type { Commit } from '../lib/ports.ts'
import { BinaryBuffer } from './binary-buffer.ts'
import { type ColumnKind, KEY_COLUMNS, TABLES } from './tables.ts'

/** Signature, flags and extension of a binary COPY. */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
export const COPY_TRAILER = Buffer.from([0xff, 0xff])

/** What a row of these datasets takes; a larger one only makes the buffer grow. */
const ROW_BYTES = 240

/**
 * The rows of one commit in the binary format of COPY, in the order of `columnNames`: a third less work for the server
 * than text, and the same digits. Throws `NotDecimalError` for a value that is none.
 */
export function encodeRows<D extends Dataset>(venue: string, { symbol, dataset, rows }: Commit<D>): Buffer {
  const columns = TABLES[dataset].columns as readonly { field: keyof RowOf[D]; kind: ColumnKind }[]
  const start = new BinaryBuffer(64)
  start.int16(KEY_COLUMNS.length + columns.length)
  start.text(venue)
  start.text(symbol)
  const prefix = start.done()
  const buffer = new BinaryBuffer(rows.length * ROW_BYTES)
  for (const row of rows) {
    buffer.raw(prefix)
    buffer.time(row.ts)
    for (const { field, kind } of columns) encodeValue(buffer, row[field], kind)
  }
  return buffer.done()
}

function encodeValue(buffer: BinaryBuffer, value: unknown, kind: ColumnKind): void {
  if (value === null || value === undefined) buffer.null()
  else if (kind === 'decimal') buffer.decimal(value as string)
  else if (kind === 'count') buffer.bigint(value as number)
  else if (kind === 'time') buffer.time(value as number)
  else buffer.text(String(value))
}
