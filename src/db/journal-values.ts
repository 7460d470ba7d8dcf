import type { JSONValue } from 'postgres'
import { type Cut, cutValue } from '../lib/text/cut-value.ts'
import { toOneLine } from '../lib/text/one-line.ts'

/** One row of `perp_errors`, fit to be stored. */
export type JournalRow = {
  readonly type: string
  readonly message: string
  readonly details: JSONValue
}

const LONGEST_TEXT = 4_000
const LARGEST_DETAILS = 32_000
/** Deeper than anything that is told, and not so deep that writing it fails. */
const LIMITS: Cut = { depth: 60, entries: 5_000, characters: LONGEST_TEXT + 1 }
const NUL = '\u0000'

/** Neither text nor jsonb takes a NUL or half a surrogate pair, and no reader a line that is not one; a venue may send either. */
export function storableText(text: string): string {
  const whole = toOneLine(text.replaceAll(NUL, '\ufffd'))
  return whole.length > LONGEST_TEXT ? `${whole.slice(0, LONGEST_TEXT).toWellFormed()}…` : whole
}

function withStorableNames(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [storableText(name), value]))
}

/** A copy that jsonb takes; what is too large is cut down to its beginning. */
export function storable(value: unknown): JSONValue {
  const text = JSON.stringify(cutValue(value, LIMITS), (_, part: unknown) =>
    typeof part === 'string' ? storableText(part) : withStorableNames(part),
  )
  if (text === undefined) return null
  if (text.length > LARGEST_DETAILS) return { cut: storableText(text.slice(0, LONGEST_TEXT)) }
  return JSON.parse(text, (_, part: unknown) => part)
}
