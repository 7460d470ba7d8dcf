import { DAY } from '../model/window.ts'

/** The longest ban that any venue documents: what is told beyond it is no time to wait for. */
export const LONGEST_BAN = 3 * DAY

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * For how many milliseconds an answer asks to be left alone; undefined where it does not say so in a way that can be.
 * Seconds, or a date, which counts from the date of the answer itself: neither clock need be right.
 */
export function readRetryAfter(headers: Headers): number | undefined {
  const { 'retry-after': told, date } = headers
  if (typeof told !== 'string') return undefined
  const ms = /^\d+(?:\.\d+)?$/.test(told)
    ? Number(told) * 1_000
    : Date.parse(told) - Date.parse(typeof date === 'string' ? date : '')
  return ms > 0 ? Math.min(ms, LONGEST_BAN) : undefined
}
