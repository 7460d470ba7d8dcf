import { LONGEST_DECIMAL } from '../model/decimal.ts'

const [MINUS, DOT, ZERO, NINE] = [0x2d, 0x2e, 0x30, 0x39]
/** More digits than this in one accumulator would round. */
const EXACT_DIGITS = 15
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, scale) => 10 ** scale)

/**
 * The value of the plain decimal in `bytes[from, to)`, to the nearest double, as `toNumber` reads it from a text; NaN for
 * anything else and for what is longer than any price.
 */
export function readDecimal(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS
  const start = isNegative ? from + 1 : from
  let value = 0
  let dot = -1
  for (let at = start; at < to; at += 1) {
    const code = bytes[at] ?? 0
    if (code >= ZERO && code <= NINE) value = value * 10 + (code - ZERO)
    else if (code === DOT && dot < 0 && at > start && at < to - 1) dot = at
    else return Number.NaN
  }
  if (to <= start || to - from > LONGEST_DECIMAL) return Number.NaN
  if (to - start > EXACT_DIGITS) return Number(Buffer.from(bytes.subarray(from, to)).toString('latin1'))
  const scaled = dot < 0 ? value : value / (POWERS[to - dot - 1] ?? 1)
  return isNegative ? -scaled : scaled
}

/** The whole number, without a sign, of at most 15 digits in `bytes[from, to)`; NaN for anything else. */
export function readWhole(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > EXACT_DIGITS) return Number.NaN
  let value = 0
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
