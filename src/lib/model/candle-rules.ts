import { isDecimal, isLess } from './decimal.ts'
import type { Candle } from './market.ts'

const PRICES = ['open', 'high', 'low', 'close'] as const
const VOLUMES = ['volume', 'quoteVolume', 'takerBuyVolume', 'takerBuyQuoteVolume'] as const

/** The first rule that a candle breaks, in words, or undefined if it is sound. The same rules as the table's. */
export function findFault(candle: Candle): string | undefined {
  for (const name of PRICES) {
    const value = candle[name]
    if (!isDecimal(value)) return `${name} is not a number`
    if (!(Number(value) > 0)) return `${name} is not above 0`
  }
  for (const name of VOLUMES) {
    const value = candle[name]
    if (value === null) continue
    if (!isDecimal(value)) return `${name} is not a number`
    if (Number(value) < 0) return `${name} is below 0`
  }
  if (candle.trades !== null && !(Number.isSafeInteger(candle.trades) && candle.trades >= 0))
    return 'trades is not a count'
  if (isLess(candle.high, candle.low)) return 'high is below low'
  if (isLess(candle.high, candle.open) || isLess(candle.high, candle.close))
    return 'high is below open or close'
  if (isLess(candle.open, candle.low) || isLess(candle.close, candle.low)) return 'low is above open or close'
  return undefined
}
