import { MINUTE } from '../../../lib/model/window.ts'
import type { RowShape } from '../../core/answer.ts'
import { formatDecimal } from '../../core/digits.ts'
import { hashAt, hashText, unitAt } from '../../core/hash.ts'
import type { KlineRow } from '../kline-row.ts'
import { type PriceKind, SAMPLES } from './price-kind.ts'

export const PRICE_SHAPE: RowShape = { time: 0, values: [4, 1, 2, 3], high: 2, low: 3 }

/** All of them have eight decimals. */
const DECIMALS = 8
const SCALE = 10 ** DECIMALS
/** How far from the traded price, as a share of it, at most. */
const REACH = 0.0002
/** Units of the eighth decimal: between −0.00066 and 0.00054. */
const PREMIUM_UNITS = 120_000
const PREMIUM_WICK = 5_000

/** Makes the row of the minute whose candle is `candle`. */
export type MakePriceRow = (candle: KlineRow) => KlineRow

/** Rows of one kind and symbol: pure functions of seed, symbol and the minute's first candle. */
export function createPriceRows(kind: PriceKind, seed: string, symbol: string): MakePriceRow {
  const series = hashText(`${seed}:${kind}:${symbol}`)
  const valuesOf = kind === 'premium' ? premiumValues : nearValues
  return (candle) => toRow(kind, candle[0], valuesOf(series, candle))
}

/** Open, high, low, close in units of the last decimal. */
type Values = readonly [number, number, number, number]

function nearValues(series: number, [openTime, ...texts]: KlineRow): Values {
  const minute = openTime / MINUTE
  const [open, high, low, close] = [
    toUnits(texts[0]),
    toUnits(texts[1]),
    toUnits(texts[2]),
    toUnits(texts[3]),
  ]
  const shift = (units: number, at: number): number =>
    units + Math.round(units * REACH * (2 * unitAt(series, at) - 1))
  const [first, last] = [shift(open, minute), shift(close, minute + 1)]
  return [first, Math.max(first, last, shift(high, minute)), Math.min(first, last, shift(low, minute)), last]
}

const toUnits = (text: string): number => Math.round(Number(text) * SCALE)

function premiumValues(series: number, [openTime]: KlineRow): Values {
  const minute = openTime / MINUTE
  const at = (index: number): number => Math.round((unitAt(series, index) - 0.55) * PREMIUM_UNITS)
  const [open, close] = [at(minute), at(minute + 1)]
  const wick = hashAt(series, -minute) % PREMIUM_WICK
  return [open, Math.max(open, close) + wick, Math.min(open, close) - wick, close]
}

function toRow(kind: PriceKind, openTime: number, [open, high, low, close]: Values): KlineRow {
  const closeTime = openTime + MINUTE - 1
  const prices = [format(open), format(high), format(low), format(close)] as const
  return [openTime, ...prices, '0', closeTime, '0', SAMPLES[kind], '0', '0', '0']
}

const format = (units: number): string => `${units < 0 ? '-' : ''}${formatDecimal(Math.abs(units), DECIMALS)}`

/** The row of the open minute: so far the price has stood at its open. */
export function openRow(row: KlineRow, fraction: number): KlineRow {
  const [openTime, open, , , , volume, closeTime, quote, samples, ...rest] = row
  return [openTime, open, open, open, open, volume, closeTime, quote, Math.floor(samples * fraction), ...rest]
}
