import { PayloadError } from '../errors.ts'

/** Readers of wire values: each throws `PayloadError` with the place and a sample. */

export function readArray(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new PayloadError(path, 'expected an array', value)
}

export function readObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new PayloadError(path, 'expected an object', value)
}

/** A time in ms: integer, or the same as digits in a string. */
export function readTime(value: unknown, path: string): number {
  const time = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof time === 'number' && Number.isSafeInteger(time) && time > 0) return time
  throw new PayloadError(path, 'expected a time in milliseconds', value)
}
