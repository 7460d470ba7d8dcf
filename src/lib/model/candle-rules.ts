import { isLess, LONGEST_DECIMAL, toNumber } from './decimal.ts'
import type { Candle } from './market.ts'

const readValue = (text: string): number => (text.length <= LONGEST_DECIMAL ? toNumber(text) : Number.NaN)

function findPriceFault(name: string, value: number): string | undefined {
  if (value > 0) return undefined
  return Number.isNaN(value) ? `${name} is not a number` : `${name} is not above 0`
}

/** `value` is null where the venue does not tell. */
function findVolumeFault(name: string, value: number | null): string | undefined {
  if (value === null || value >= 0) return undefined
  return Number.isNaN(value) ? `${name} is not a number` : `${name} is below 0`
}

/** The first rule that a candle breaks, in words, or undefined if it is sound: those of the table, and of trading. */
export function findFault(candle: Candle): string | undefined {
  const { open, high, low, close, trades } = candle
  const openValue = readValue(open)
  const highValue = readValue(high)
  const lowValue = readValue(low)
  const closeValue = readValue(close)
  const volumes: Volumes = {
    volume: readValue(candle.volume),
    quote: candle.quoteVolume === null ? null : readValue(candle.quoteVolume),
    taker: candle.takerBuyVolume === null ? null : readValue(candle.takerBuyVolume),
    takerQuote: candle.takerBuyQuoteVolume === null ? null : readValue(candle.takerBuyQuoteVolume),
  }
  const fault =
    findPriceFault('open', openValue) ??
    findPriceFault('high', highValue) ??
    findPriceFault('low', lowValue) ??
    findPriceFault('close', closeValue) ??
    findVolumeFault('volume', volumes.volume) ??
    findVolumeFault('quoteVolume', volumes.quote) ??
    findVolumeFault('takerBuyVolume', volumes.taker) ??
    findVolumeFault('takerBuyQuoteVolume', volumes.takerQuote)
  if (fault !== undefined) return fault
  if (trades !== null && !(Number.isSafeInteger(trades) && trades >= 0)) return 'trades is not a count'
  if (isLess(high, highValue, low, lowValue)) return 'high is below low'
  if (isLess(high, highValue, open, openValue) || isLess(high, highValue, close, closeValue)) {
    return 'high is below open or close'
  }
  const isLowAbove = isLess(open, openValue, low, lowValue) || isLess(close, closeValue, low, lowValue)
  return isLowAbove ? 'low is above open or close' : findTradeFault(candle, volumes, lowValue, highValue)
}

interface Volumes {
  readonly volume: number
  readonly quote: number | null
  readonly taker: number | null
  readonly takerQuote: number | null
}

/** What cannot be where the figures are of the same trades: a shifted column shows here. */
function findTradeFault(
  candle: Candle,
  { volume, quote, taker, takerQuote }: Volumes,
  low: number,
  high: number,
): string | undefined {
  const { takerBuyVolume, takerBuyQuoteVolume, quoteVolume } = candle
  if (takerBuyVolume !== null && taker !== null && isLess(candle.volume, volume, takerBuyVolume, taker))
    return 'takerBuyVolume is above volume'
  if (quoteVolume === null || quote === null) return undefined
  if (takerBuyQuoteVolume !== null && takerQuote !== null) {
    if (isLess(quoteVolume, quote, takerBuyQuoteVolume, takerQuote))
      return 'takerBuyQuoteVolume is above quoteVolume'
  }
  if (quote >= low * volume && quote <= high * volume) return undefined
  return isRounded(quoteVolume, quote, low * volume, high * volume)
    ? undefined
    : 'quoteVolume is not volume at a price from low to high'
}

/** What doubles lose, and what a venue that adds in doubles does. */
const SLACK = 1e-9

/** Whether rounding alone explains that `value` lies outside of the bounds: by its last digit, or as doubles round. */
function isRounded(text: string, value: number, least: number, most: number): boolean {
  if (most === 0) return value === 0
  const dot = text.indexOf('.')
  const unit = dot < 0 ? 1 : 10 ** (dot + 1 - text.length)
  return value >= least * (1 - SLACK) - unit && value <= most * (1 + SLACK) + unit
}
