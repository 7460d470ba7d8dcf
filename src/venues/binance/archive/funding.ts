import { readDecimal, readTimeCell, readWhole } from '../../../lib/archive/cell-values.ts'
import type { ByteRows } from '../../../lib/archive/delimited.ts'
import { type JudgedRows, judgeRows, type RowRules } from '../../../lib/archive/judge-rows.ts'
import { HOUR, MINUTE } from '../../../lib/model/window.ts'
import type { FilePlace } from './candles.ts'

const [CALC_TIME, INTERVAL, RATE] = [0, 1, 2]
/** Those that the venue has are 1, 2, 4 and 8 hours; longer than a day nobody waits. */
const LONGEST_HOURS = 24

function read(
  { bytes, offsets, columns }: ByteRows,
  row: number,
  column: number,
  reader: (bytes: Uint8Array, from: number, to: number) => number,
): number {
  const at = row * (columns + 1) + column
  return reader(bytes, offsets[at] ?? 0, (offsets[at + 1] ?? 1) - 1)
}

const RULES: RowRules = {
  // Stamped some milliseconds around its minute, as the API does.
  timeAt: (rows, row) => Math.round(read(rows, row, CALC_TIME, readTimeCell) / MINUTE) * MINUTE,
  faultAt(rows, row) {
    const hours = read(rows, row, INTERVAL, readWhole)
    if (!(hours >= 1 && hours <= LONGEST_HOURS))
      return `funding_interval_hours is not a whole number from 1 to ${LONGEST_HOURS}`
    return Number.isNaN(read(rows, row, RATE, readDecimal)) ? 'last_funding_rate is not a number' : undefined
  },
}

/** Settlements, by their time rounded to the minute. See `judgeRows` for what it throws. */
export const judgeFunding = (rows: ByteRows, place: FilePlace): JudgedRows => judgeRows(rows, RULES, place)

/** How long before each settlement of a judged batch the one before it was due, milliseconds, by its time. */
export function intervalsOf(rows: ByteRows, { times }: JudgedRows): ReadonlyMap<number, number> {
  const intervals = new Map<number, number>()
  times.forEach((ts, row) => {
    if (!Number.isNaN(ts)) intervals.set(ts, read(rows, row, INTERVAL, readWhole) * HOUR)
  })
  return intervals
}
