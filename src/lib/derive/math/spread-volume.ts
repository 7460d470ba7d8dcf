import { digitsAt, formatExact, parseExact } from '../../model/exact-decimal.ts'

/** Parts have at least this many decimals, or as many as the total. */
const DECIMALS = 8

/**
 * Splits a total (plain decimal ≥ 0) into one part per weight (plain decimals ≥ 0, in the order of the minutes), in
 * proportion to the weights; evenly where all of them are zero. The exact sum of the parts is the total. No part is
 * negative, and a minute without weight gets nothing while another has some.
 *
 * Shares are cut to the resolution, and what the cuts leave over goes, one unit each, to the shares that were cut most;
 * of equal ones the earlier minute comes first. Parts are trimmed: `12.5`, `0`. Throws a `RangeError` for no weights, a
 * negative number, or what is no plain decimal.
 */
export function spreadFlow(total: string, weights: readonly string[]): string[] {
  if (weights.length === 0) throw new RangeError(`there are no minutes to spread ${total} over`)
  const flow = parseExact(total)
  const scale = Math.max(DECIMALS, flow.scale)
  const units = digitsAt(flow, scale)
  if (units < 0n) throw new RangeError(`a flow cannot be negative: ${total}`)
  return divideUnits(units, readWeights(weights)).map((part) => formatExact(part, scale))
}

/** Whole numbers in the ratio of the weights; all 1 where all weights are zero. */
function readWeights(weights: readonly string[]): bigint[] {
  const exacts = weights.map(parseExact)
  const scale = exacts.reduce((most, exact) => Math.max(most, exact.scale), 0)
  const shares = exacts.map((exact) => digitsAt(exact, scale))
  const negative = shares.findIndex((share) => share < 0n)
  if (negative >= 0) throw new RangeError(`a weight cannot be negative: ${weights[negative]}`)
  return shares.some((share) => share > 0n) ? shares : shares.map(() => 1n)
}

function divideUnits(units: bigint, shares: readonly bigint[]): bigint[] {
  const whole = shares.reduce((sum, share) => sum + share, 0n)
  const parts = shares.map((share) => (units * share) / whole)
  const left = Number(units - parts.reduce((sum, part) => sum + part, 0n))
  if (left === 0) return parts
  // `left` is less than the number of remainders above zero, so a share of zero never gets a unit.
  const cut = shares
    .map((share, at) => ({ at, remainder: (units * share) % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.at - b.at : a.remainder < b.remainder ? 1 : -1))
  for (const { at } of cut.slice(0, left)) parts[at] = (parts[at] ?? 0n) + 1n
  return parts
}
