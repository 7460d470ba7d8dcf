/** Plain decimal notation, optionally negative; neither `NaN` nor an exponent: what `numeric` takes as it stands. */
const DECIMAL = /^-?\d+(?:\.\d+)?$/

export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value)
}

/**
 * `a < b` for two decimals. Through doubles where they differ, digit by digit only where doubles cannot tell the two
 * apart: a price with more than 15 digits must not be refused, nor let through, by a rounding.
 */
export function isLess(a: string, b: string): boolean {
  if (a === b) return false
  const difference = Number(a) - Number(b)
  if (difference !== 0) return difference < 0
  return compareDigits(a, b) < 0
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
