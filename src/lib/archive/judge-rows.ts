import type { Window } from '../model/window.ts'
import type { RejectedRow } from '../venue/route.ts'
import type { ByteRows } from './byte-rows.ts'
import { ArchiveFileError } from './file-error.ts'

/** So many bad rows, and more than half of all, are no odd rows any more: the file as a whole is odd. */
const FEW = 10

/** What a kind of file says of its rows. */
export interface RowRules {
  /** The time of a row, milliseconds; NaN where it cannot be read. */
  timeAt(rows: ByteRows, row: number): number
  /** The first rule that a row breaks, in words; undefined for a sound one. */
  faultAt(rows: ByteRows, row: number, ts: number): string | undefined
}

/** Which rows of a batch are taken. */
export interface JudgedRows {
  /** Of each row; NaN where it is not taken. */
  readonly times: Float64Array
  /** Lines with another number of cells are among them. */
  readonly rejected: readonly RejectedRow[]
}

/**
 * Judges the rows of one batch: a bad row is told, and the others stand. Rows outside of `window` are bad ones. Throws
 * `ArchiveFileError` where most are bad: then nothing of the file is believed.
 */
export function judgeRows(
  rows: ByteRows,
  rules: RowRules,
  { where, window }: { readonly where: string; readonly window: Window },
): JudgedRows {
  const times = new Float64Array(rows.count)
  const rejected: RejectedRow[] = rows.odd.map(({ line, cells, text }) => ({
    ts: undefined,
    row: text,
    reason: `line ${line} has ${cells} cells, not ${rows.columns}`,
  }))
  for (let row = 0; row < rows.count; row += 1) {
    const ts = rules.timeAt(rows, row)
    const reason = findFault(rows, row, ts, rules, window)
    times[row] = reason === undefined ? ts : Number.NaN
    if (reason === undefined) continue
    rejected.push({ ts: Number.isNaN(ts) ? undefined : ts, row: rows.line(row), reason })
  }
  const count = rows.count + rows.odd.length
  const [first] = rejected
  if (first && rejected.length > count / 2 && (rejected.length >= FEW || rejected.length === count))
    throw new ArchiveFileError(
      where,
      'content',
      `${rejected.length} of ${count} rows cannot be taken, the first ${first.reason}`,
      first.row,
    )
  return { times, rejected }
}

function findFault(
  rows: ByteRows,
  row: number,
  ts: number,
  rules: RowRules,
  { from, to }: Window,
): string | undefined {
  if (Number.isNaN(ts)) return 'its time is not one'
  if (ts < from || ts >= to) return 'is not of the time that the file is of'
  return rules.faultAt(rows, row, ts)
}

/** Leaves out the rows outside of `windows`; tells how many. For what is wanted of a file, where that is not all. */
export function dropOutside(times: Float64Array, windows: readonly Window[]): number {
  let dropped = 0
  for (let row = 0; row < times.length; row += 1) {
    const ts = times[row] ?? Number.NaN
    if (Number.isNaN(ts) || windows.some(({ from, to }) => ts >= from && ts < to)) continue
    times[row] = Number.NaN
    dropped += 1
  }
  return dropped
}
