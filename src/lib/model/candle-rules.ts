import { isLess, toNumber } from './decimal.ts'
import type { Candle } from './market.ts'

function findPriceFault(name: string, value: number): string | undefined {
  if (value > 0) return undefined
  return Number.isNaN(value) ? `${name} is not a number` : `${name} is not above 0`
}

function findVolumeFault(name: string, text: string | null): string | undefined {
  if (text === null) return undefined
  const value = toNumber(text)
  if (value >= 0) return undefined
  return Number.isNaN(value) ? `${name} is not a number` : `${name} is below 0`
}

/** The first rule that a candle breaks, in words, or undefined if it is sound. The same rules as the table's. */
export function findFault(candle: Candle): string | undefined {
  const { open, high, low, close, trades } = candle
  const openValue = toNumber(open)
  const highValue = toNumber(high)
  const lowValue = toNumber(low)
  const closeValue = toNumber(close)
  const fault =
    findPriceFault('open', openValue) ??
    findPriceFault('high', highValue) ??
    findPriceFault('low', lowValue) ??
    findPriceFault('close', closeValue) ??
    findVolumeFault('volume', candle.volume) ??
    findVolumeFault('quoteVolume', candle.quoteVolume) ??
    findVolumeFault('takerBuyVolume', candle.takerBuyVolume) ??
    findVolumeFault('takerBuyQuoteVolume', candle.takerBuyQuoteVolume)
  if (fault !== undefined) return fault
  if (trades !== null && !(Number.isSafeInteger(trades) && trades >= 0)) return 'trades is not a count'
  if (isLess(high, highValue, low, lowValue)) return 'high is below low'
  if (isLess(high, highValue, open, openValue) || isLess(high, highValue, close, closeValue)) {
    return 'high is below open or close'
  }
  const isLowAbove = isLess(open, openValue, low, lowValue) || isLess(close, closeValue, low, lowValue)
  return isLowAbove ? 'low is above open or close' : undefined
}
