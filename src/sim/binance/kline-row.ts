import type { RowShape } from '../core/answer.ts'
import type { CandleColumns } from '../core/candle-columns.ts'
import { writeDecimal, writeInteger } from '../core/digits.ts'

/** Open time, open, high, low, close, volume, close time, quote volume, trades, taker base, taker quote, "0". */
export type KlineRow = [
  number,
  string,
  string,
  string,
  string,
  string,
  number,
  string,
  number,
  string,
  string,
  string,
]

export const KLINE_SHAPE: RowShape = { time: 0, values: [4, 1, 2, 3], high: 2, low: 3, size: 5 }

/** More than any row of the simulated market needs. */
export const MAX_ROW_BYTES = 320

const [QUOTE, COMMA, OPEN] = [0x22, 0x2c, 0x5b]
/** `,"`, the unused slot `,"0"` and the end `],` as words. */
const [NEXT_TEXT, UNUSED, ROW_END] = [0x2c22, 0x2c223022, 0x5d2c]
const MINUTE_END = 59_999

interface Decimals {
  readonly priceDecimals: number
  readonly sizeDecimals: number
}

/** Writes one row as JSON and a comma, and returns where it ends. */
export function writeKline(
  bytes: DataView,
  start: number,
  openTime: number,
  columns: CandleColumns,
  row: number,
  { priceDecimals, sizeDecimals }: Decimals,
): number {
  const quoteDecimals = priceDecimals + sizeDecimals
  bytes.setUint8(start, OPEN)
  let at = writeInteger(bytes, start + 1, openTime)
  at = writeText(bytes, at, columns.open[row], priceDecimals)
  at = writeText(bytes, at, columns.high[row], priceDecimals)
  at = writeText(bytes, at, columns.low[row], priceDecimals)
  at = writeText(bytes, at, columns.close[row], priceDecimals)
  at = writeText(bytes, at, columns.volume[row], sizeDecimals)
  at = writeNumber(bytes, at, openTime + MINUTE_END)
  at = writeText(bytes, at, columns.quoteVolume[row], quoteDecimals)
  at = writeNumber(bytes, at, columns.trades[row])
  at = writeText(bytes, at, columns.takerBuyVolume[row], sizeDecimals)
  at = writeText(bytes, at, columns.takerBuyQuoteVolume[row], quoteDecimals)
  bytes.setInt32(at, UNUSED)
  bytes.setInt16(at + 4, ROW_END)
  return at + 6
}

/** `,"12.30"` */
function writeText(bytes: DataView, at: number, units = 0, decimals: number): number {
  bytes.setInt16(at, NEXT_TEXT)
  const end = writeDecimal(bytes, at + 2, units, decimals)
  bytes.setUint8(end, QUOTE)
  return end + 1
}

/** `,12` */
function writeNumber(bytes: DataView, at: number, value = 0): number {
  bytes.setUint8(at, COMMA)
  return writeInteger(bytes, at + 1, value)
}
