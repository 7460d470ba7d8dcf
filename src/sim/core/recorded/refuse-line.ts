import { ConfigurationError } from '../../../lib/errors.ts'

/** Times of one-minute data lie in these years: anything else counts in other units. */
export const EARLIEST = Date.UTC(2000, 0)
export const LATEST = Date.UTC(2100, 0)

const HINT = 'mend the file, or take it out of the folder'

/** Line numbers count from 1, the header included. */
export function refuseLine(path: string, line: number, problem: string, hint = HINT): never {
  throw new ConfigurationError(`${path}, line ${line}: ${problem}`, { hint })
}

/** What is wrong with a time that should be milliseconds; undefined where nothing is. */
export function findTimeProblem(text: string): string | undefined {
  if (!/^\d+$/.test(text)) return 'does not begin with a time in milliseconds'
  const time = Number(text)
  if (time >= EARLIEST && time < LATEST) return undefined
  const isIn = (unit: number): boolean => time * unit >= EARLIEST && time * unit < LATEST
  if (isIn(1_000)) return 'its time is in seconds, milliseconds are expected'
  if (isIn(1e-3)) return 'its time is in microseconds, milliseconds are expected'
  return 'its time is not in milliseconds'
}

/** A first line without digits in front is a heading; an empty one, or one that is neither, is none. */
export const isHeading = (line: string): boolean => /^[A-Za-z_]/.test(line)
