import { formatDecimal } from '../core/digits.ts'
import type { KlineRow } from './kline-row.ts'

export const decimalsOf = (text: string): number =>
  text.includes('.') ? text.length - text.indexOf('.') - 1 : 0

/**
 * The row with volumes that can be of the same trades, whatever was changed of it: takers bought no more than was
 * traded, and at prices that there were.
 */
export function settleRow(row: KlineRow): KlineRow {
  const settled: KlineRow = [...row]
  const [, , high, low, , volume] = row
  const taker = Number(row[9]) > Number(volume) ? volume : row[9]
  const quote = clamp(row[7], [low, high], volume)
  const takerQuote = clamp(row[10], [low, high], taker)
  settled[7] = quote
  settled[9] = taker
  settled[10] = Number(takerQuote) > Number(quote) ? quote : takerQuote
  return settled
}

/** What `size` can have cost at these prices. */
function clamp(value: string, prices: readonly [string, string], size: string): string {
  const [least, most] = prices.map((price) => Number(price) * Number(size))
  const amount = Number(value)
  if (least === undefined || most === undefined || (amount >= least && amount <= most)) return value
  const decimals = decimalsOf(value)
  return formatDecimal(Math.round((amount < least ? least : most) * 10 ** decimals), decimals)
}
