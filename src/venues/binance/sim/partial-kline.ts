import { formatDecimal } from '../../../lib/sim/digits.ts'
import type { KlineRow } from './kline-row.ts'

/** The candle when `fraction` of its minute has passed: it went from the open to the low, the high, then the close. */
export function createPartial(row: KlineRow, fraction: number): KlineRow {
  const [openTime, open, high, low, , volume, closeTime, quote, trades, taker, takerQuote, unused] = row
  const part = (text: string): string => scale(text, fraction)
  const [top, bottom, now] =
    fraction < 1 / 3 ? [open, open, open] : fraction < 2 / 3 ? [open, low, low] : [high, low, high]
  const count = Math.floor(trades * fraction)
  const size = part(volume)
  const value = clamp(part(quote), [bottom, top], size)
  const bought = part(taker)
  const paid = clamp(part(takerQuote), [bottom, top], bought)
  return [
    openTime,
    open,
    top,
    bottom,
    now,
    size,
    closeTime,
    value,
    count,
    bought,
    Number(paid) > Number(value) ? value : paid,
    unused,
  ]
}

export const decimalsOf = (text: string): number =>
  text.includes('.') ? text.length - text.indexOf('.') - 1 : 0

function scale(text: string, fraction: number): string {
  const decimals = decimalsOf(text)
  return formatDecimal(Math.floor(Number(text) * 10 ** decimals * fraction), decimals)
}

/** What `size` can have cost at the prices so far. */
function clamp(value: string, prices: readonly [string, string], size: string): string {
  const decimals = decimalsOf(value)
  const [least, most] = prices.map((price) => Math.round(Number(price) * Number(size) * 10 ** decimals))
  const units = Math.round(Number(value) * 10 ** decimals)
  return formatDecimal(Math.min(Math.max(units, least ?? units), most ?? units), decimals)
}
