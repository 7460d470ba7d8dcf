const [MINUS, DOT, ZERO, NINE] = [0x2d, 0x2e, 0x30, 0x39]

/** More digits than this in one accumulator would round. */
const EXACT_DIGITS = 15
/** No price or size on any wire has more characters; a longer text would only cost time. */
export const LONGEST_DECIMAL = 64
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, scale) => 10 ** scale)

/**
 * The value of a plain decimal (`-12.50`), to the nearest double; NaN for anything else, also for what `Number` would
 * take: an exponent, a sign without digits, white space, hexadecimal. Eight of these are read for each candle, so it is
 * a loop over the characters and no regular expression.
 */
export function toNumber(text: string): number {
  const length = text.length
  const start = text.charCodeAt(0) === MINUS ? 1 : 0
  let value = 0
  let dot = -1
  for (let at = start; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= ZERO && code <= NINE) value = value * 10 + (code - ZERO)
    else if (code === DOT && dot < 0 && at > start && at < length - 1) dot = at
    else return Number.NaN
  }
  if (length === start) return Number.NaN
  if (length - start > EXACT_DIGITS) return Number(text)
  const scaled = dot < 0 ? value : value / (POWERS[length - dot - 1] ?? 1)
  return start === 1 ? -scaled : scaled
}

/** Whether `numeric` takes the text as it stands. */
export const isDecimal = (text: string): boolean => !Number.isNaN(toNumber(text))

/**
 * `a < b` for two decimals and their values. Digit by digit only where doubles cannot tell the two apart: a price with
 * more than 15 digits must neither be refused nor let through by a rounding.
 */
export function isLess(a: string, aValue: number, b: string, bValue: number): boolean {
  if (aValue !== bValue) return aValue < bValue
  return a.length > EXACT_DIGITS || b.length > EXACT_DIGITS ? compareDigits(a, b) < 0 : false
}

function compareDigits(a: string, b: string): number {
  const [left, right] = [toScaled(a), toScaled(b)]
  const scale = Math.max(left.scale, right.scale)
  const difference =
    left.digits * 10n ** BigInt(scale - left.scale) - right.digits * 10n ** BigInt(scale - right.scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function toScaled(text: string): { digits: bigint; scale: number } {
  const dot = text.indexOf('.')
  if (dot < 0) return { digits: BigInt(text), scale: 0 }
  return { digits: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 }
}
