import type { ByteRows } from '../../../lib/archive/byte-rows.ts'
import { type JudgedRows, judgeRows, type RowRules } from '../../../lib/archive/judge-rows.ts'
import { HOUR, MINUTE } from '../../../lib/model/window.ts'
import type { FilePlace } from './candles.ts'

const [CALC_TIME, INTERVAL, RATE] = [0, 1, 2]
/** Those that the venue has are 1, 2, 4 and 8 hours; longer than a day nobody waits. */
const LONGEST_HOURS = 24

const RULES: RowRules = {
  // Stamped some milliseconds around its minute, as the API does.
  timeAt: (rows, row) => Math.round(rows.time(row, CALC_TIME) / MINUTE) * MINUTE,
  faultAt(rows, row) {
    const hours = rows.whole(row, INTERVAL)
    if (!(hours >= 1 && hours <= LONGEST_HOURS))
      return `funding_interval_hours is not a whole number from 1 to ${LONGEST_HOURS}`
    return Number.isNaN(rows.decimal(row, RATE)) ? 'last_funding_rate is not a number' : undefined
  },
}

/** Settlements, by their time rounded to the minute. See `judgeRows` for what it throws. */
export const judgeFunding = (rows: ByteRows, place: FilePlace): JudgedRows => judgeRows(rows, RULES, place)

/** How long before each settlement of a judged batch the one before it was due, milliseconds, by its time. */
export function intervalsOf(rows: ByteRows, { times }: JudgedRows): ReadonlyMap<number, number> {
  const intervals = new Map<number, number>()
  times.forEach((ts, row) => {
    if (!Number.isNaN(ts)) intervals.set(ts, rows.whole(row, INTERVAL) * HOUR)
  })
  return intervals
}
