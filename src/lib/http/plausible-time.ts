import { DAY } from '../model/window.ts'

/** Nothing that is collected is older; ten digits more or less are another unit of time. */
const EARLIEST = Date.UTC(2017, 0, 1)
const LATEST = Date.UTC(2100, 0, 1)

/** Whether a number can be a time in milliseconds. Those in seconds, micro- and nanoseconds lie millennia away. */
export const isPlausibleTime = (time: number): boolean =>
  Number.isSafeInteger(time) && time >= EARLIEST && time < LATEST

/** What has no end yet is told to end in 2100. */
const LATEST_DATE = Date.UTC(2200, 0, 1)

/** Whether a number can be a day that is set for something, in milliseconds. */
export const isPlausibleDate = (time: number): boolean =>
  Number.isSafeInteger(time) && time >= EARLIEST && time < LATEST_DATE

/** A local clock that is earlier than this program has lost its time and tells nothing. */
const RELEASED = Date.UTC(2026, 0, 1)
/** A local clock that runs may be wrong by months; nobody's is by more. */
const FURTHEST_AHEAD = 366 * DAY

/**
 * Whether a clock of a venue can show `time`. It decides what is now, so that it may well differ from the local one:
 * it may be earlier, as that of a simulated venue is, but not later by more than a year.
 */
export const isBelievable = (time: number, localNow: number): boolean =>
  isPlausibleTime(time) && (localNow < RELEASED || time <= localNow + FURTHEST_AHEAD)
