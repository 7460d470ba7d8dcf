import { PayloadError } from '../errors.ts'
import type { Row } from '../model/market.ts'
import { readArray } from '../venue/read-payload.ts'
import type { RejectedRow } from '../venue/route.ts'

/** Why an entry is no row. `ts` is undefined where even its time cannot be read. */
export interface BadEntry {
  readonly ts: number | undefined
  readonly reason: string
}

/** So many bad rows, and more than half of all, are no odd rows any more: the answer as a whole is odd. */
const FEW = 10
/** More rows than this many times those that were asked for are an answer to another question. */
const MOST_TIMES = 4

interface EntryRows<R> {
  readonly rows: R[]
  readonly rejected: RejectedRow[]
  readonly count: number
}

/**
 * The rows of an answer: a bad entry is a bad row, and the others stand. Throws `PayloadError` where most are bad, where
 * not one entry tells its time, or where there are many more than were asked for: then nothing of it is believed.
 */
export function readRows<R extends Row>(
  payload: unknown,
  path: string,
  asked: number,
  read: (entry: unknown) => R | BadEntry,
): EntryRows<R> {
  const entries = readArray(payload, path)
  const count = entries.length
  if (count > asked * MOST_TIMES)
    throw new PayloadError(path, `${count} rows, ${asked} were asked for`, entries)
  const rows: R[] = []
  const rejected: RejectedRow[] = []
  for (const entry of entries) {
    const found = read(entry)
    if ('reason' in found) rejected.push({ ts: found.ts, row: entry, reason: found.reason })
    else rows.push(found)
  }
  const isBroken = rejected.length >= FEW && rejected.length > count / 2
  const isTimeless = rows.length === 0 && rejected.every(({ ts }) => ts === undefined)
  const [first] = rejected
  if (first && (isBroken || isTimeless)) {
    const told =
      count === 1 ? 'the only row' : `${rejected.length} of ${count} rows cannot be read, the first`
    throw new PayloadError(path, `${told} ${first.reason}`, first.row)
  }
  return { rows, rejected, count }
}
