import { isDecimal } from './decimal.ts'

const ZERO = 0x30
const POWERS = Array.from({ length: 40 }, (_, exponent) => 10n ** BigInt(exponent))

/** The decimal `digits × 10^-scale`; `scale` ≥ 0, not normalized. */
export interface Exact {
  readonly digits: bigint
  readonly scale: number
}

/** Reads a plain decimal of any length. Throws a `RangeError` for anything else, an exponent included. */
export function parseExact(text: string): Exact {
  if (!isDecimal(text)) throw new RangeError(`"${text}" is not a plain decimal`)
  const dot = text.indexOf('.')
  if (dot < 0) return { digits: BigInt(text), scale: 0 }
  return { digits: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 }
}

/** The digits of the same number at a scale that is at least its own. */
export const digitsAt = (exact: Exact, scale: number): bigint =>
  scale === exact.scale ? exact.digits : exact.digits * powerOfTen(scale - exact.scale)

/** Plain notation, no zeros after the last digit that counts, no dot without decimals; zero is `0`. */
export function formatExact(digits: bigint, scale: number): string {
  const sign = digits < 0n ? '-' : ''
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
  const point = text.length - scale
  let end = text.length
  while (end > point && text.charCodeAt(end - 1) === ZERO) end -= 1
  if (end === point) return sign + text.slice(0, point)
  return `${sign}${text.slice(0, point)}.${text.slice(point, end)}`
}

/** The exact sum of plain decimals, trimmed as `formatExact` does; `0` for none. */
export function sumDecimals(values: readonly string[]): string {
  let sum: Exact = { digits: 0n, scale: 0 }
  for (const value of values) sum = add(sum, parseExact(value))
  return formatExact(sum.digits, sum.scale)
}

/** `a − b`, exact, trimmed as `formatExact` does. */
export function subtractDecimals(a: string, b: string): string {
  const { digits, scale } = parseExact(b)
  const difference = add(parseExact(a), { digits: -digits, scale })
  return formatExact(difference.digits, difference.scale)
}

/** -1, 0 or 1 by value, exact: `1.0` and `1` are equal. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [parseExact(a), parseExact(b)]
  const scale = Math.max(left.scale, right.scale)
  const [leftDigits, rightDigits] = [digitsAt(left, scale), digitsAt(right, scale)]
  if (leftDigits === rightDigits) return 0
  return leftDigits < rightDigits ? -1 : 1
}

function add(a: Exact, b: Exact): Exact {
  const scale = Math.max(a.scale, b.scale)
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale }
}

const powerOfTen = (exponent: number): bigint => POWERS[exponent] ?? 10n ** BigInt(exponent)
