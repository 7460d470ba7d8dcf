import { PayloadError } from '../errors.ts'
import { toPlain } from '../http/parse-exactly.ts'
import { isPlausibleTime } from '../http/plausible-time.ts'
import { isDecimal, LONGEST_DECIMAL } from '../model/decimal.ts'

/** Readers of wire values: each throws `PayloadError` with the place and a sample. */

export function readArray(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new PayloadError(path, 'expected an array', value)
}

export function readObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value
  throw new PayloadError(path, 'expected an object', value)
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A time in ms: integer, or the same as digits in a string; in seconds or microseconds it is none. */
export function readTime(value: unknown, path: string): number {
  const time = toTime(value)
  if (time !== undefined) return time
  throw new PayloadError(path, 'expected a time in milliseconds', value)
}

/** Undefined for what is no time in ms. */
export function toTime(value: unknown): number | undefined {
  const time = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof time === 'number' && isPlausibleTime(time) ? time : undefined
}

/** No name or word of a venue is longer. */
const LONGEST_NAME = 100
/** What no column of text takes, whatever the encoding of the database. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u

/** A name or a word: neither empty nor long, without control characters and halves of characters. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !UNSTORABLE.test(value)

export function readName(value: unknown, path: string): string {
  if (isName(value)) return value
  throw new PayloadError(path, 'expected a text', value)
}

/** A decimal in plain notation, a number by its digits; undefined for anything else. */
export function toDecimal(value: unknown): string | undefined {
  const text = typeof value === 'number' ? toPlain(String(value)) : value
  return typeof text === 'string' && text.length <= LONGEST_DECIMAL && isDecimal(text) ? text : undefined
}
