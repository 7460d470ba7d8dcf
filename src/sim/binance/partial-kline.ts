import { formatDecimal } from '../core/digits.ts'
import type { KlineRow } from './kline-row.ts'
import { decimalsOf, settleRow } from './settle-row.ts'

/** The candle when `fraction` of its minute has passed: it went from the open to the low, the high, then the close. */
export function createPartial(row: KlineRow, fraction: number): KlineRow {
  const [openTime, open, high, low, , volume, closeTime, quote, trades, taker, takerQuote, unused] = row
  const part = (text: string): string => scale(text, fraction)
  const [top, bottom, now] =
    fraction < 1 / 3 ? [open, open, open] : fraction < 2 / 3 ? [open, low, low] : [high, low, high]
  const count = Math.floor(trades * fraction)
  return settleRow([
    openTime,
    open,
    top,
    bottom,
    now,
    part(volume),
    closeTime,
    part(quote),
    count,
    part(taker),
    part(takerQuote),
    unused,
  ])
}

function scale(text: string, fraction: number): string {
  const decimals = decimalsOf(text)
  return formatDecimal(Math.floor(Number(text) * 10 ** decimals * fraction), decimals)
}
