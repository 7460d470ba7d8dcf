import { isLess, LONGEST_DECIMAL, toNumber } from './decimal.ts'
import type { Candle, PriceCandle } from './market.ts'

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

/** What the texts of a candle come to; null where the venue does not tell. */
export interface CandleValues {
  open: number
  high: number
  low: number
  close: number
  volume: number
  quote: number | null
  taker: number | null
  takerQuote: number | null
}

const readOptional = (text: string | null): number | null => (text === null ? null : readValue(text))

export const valuesOf = (candle: Candle): CandleValues => ({
  open: readValue(candle.open),
  high: readValue(candle.high),
  low: readValue(candle.low),
  close: readValue(candle.close),
  volume: readValue(candle.volume),
  quote: readOptional(candle.quoteVolume),
  taker: readOptional(candle.takerBuyVolume),
  takerQuote: readOptional(candle.takerBuyQuoteVolume),
})

/**
 * The first rule that a candle breaks, in words, or undefined if it is sound: those of the table, and of trading.
 * `values` where they have been read already.
 */
export function findFault(candle: Candle, values: CandleValues = valuesOf(candle)): string | undefined {
  const { trades } = candle
  const fault =
    findPriceFault('open', values.open) ??
    findPriceFault('high', values.high) ??
    findPriceFault('low', values.low) ??
    findPriceFault('close', values.close) ??
    findVolumeFault('volume', values.volume) ??
    findVolumeFault('quoteVolume', values.quote) ??
    findVolumeFault('takerBuyVolume', values.taker) ??
    findVolumeFault('takerBuyQuoteVolume', values.takerQuote)
  if (fault !== undefined) return fault
  if (trades !== null && !(Number.isSafeInteger(trades) && trades >= 0)) return 'trades is not a count'
  return findOrderFault(candle, values) ?? findTradeFault(candle, values)
}

/** The same of a candle without volume; `isSigned`: its prices may be below 0. */
export function findPricesFault(prices: PriceCandle, isSigned: boolean): string | undefined {
  const values = {
    open: readValue(prices.open),
    high: readValue(prices.high),
    low: readValue(prices.low),
    close: readValue(prices.close),
  }
  for (const [name, value] of Object.entries(values)) {
    const fault = isSigned ? findNumberFault(name, value) : findPriceFault(name, value)
    if (fault !== undefined) return fault
  }
  return findOrderFault(prices, values)
}

const findNumberFault = (name: string, value: number): string | undefined =>
  Number.isNaN(value) ? `${name} is not a number` : undefined

/** By their digits: see `isLess`. */
function findOrderFault(
  { open, high, low, close }: PriceCandle,
  values: Pick<CandleValues, 'open' | 'high' | 'low' | 'close'>,
): string | undefined {
  if (isLess(high, values.high, low, values.low)) return 'high is below low'
  if (isLess(high, values.high, open, values.open) || isLess(high, values.high, close, values.close)) {
    return 'high is below open or close'
  }
  const isLowAbove =
    isLess(open, values.open, low, values.low) || isLess(close, values.close, low, values.low)
  return isLowAbove ? 'low is above open or close' : undefined
}

/** What cannot be where the figures are of the same trades: a shifted column shows here. */
function findTradeFault(
  candle: Candle,
  { volume, quote, taker, takerQuote, low, high }: CandleValues,
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
