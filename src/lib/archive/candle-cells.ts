import { findFault } from '../model/candle-rules.ts'
import type { Candle } from '../model/market.ts'
import { readDecimal, readWhole } from './cell-values.ts'
import type { ByteRows } from './delimited.ts'

/** In which cell each field of a candle stands. */
export type CandleColumns = { readonly [F in Exclude<keyof Candle, 'ts'>]: number }

/** Up to so many characters equal doubles are equal decimals. */
const EXACT_DIGITS = 15
/** Less than what the rules of candles let pass as rounding. */
const SLACK = 1e-9

/**
 * The rules of `candle-rules` for candles in cells. Decided by doubles where those leave no doubt that a candle is sound,
 * which is nearly always; whatever they leave in doubt, and the words, come from the rules themselves.
 */
export function findCandleFault(rows: ByteRows, row: number, columns: CandleColumns): string | undefined {
  return isPlainlySound(rows, row, columns) ? undefined : findFault(toCandle(rows, row, columns))
}

function isPlainlySound(rows: ByteRows, row: number, columns: CandleColumns): boolean {
  const { bytes, offsets } = rows
  const base = row * (rows.columns + 1)
  let isExact = true
  const read = (column: number): number => {
    const [from, next] = [offsets[base + column] ?? 0, offsets[base + column + 1] ?? 0]
    if (next - 1 - from > EXACT_DIGITS) isExact = false
    return readDecimal(bytes, from, next - 1)
  }
  const [open, high, low, close] = [
    read(columns.open),
    read(columns.high),
    read(columns.low),
    read(columns.close),
  ]
  if (!(low > 0 && low <= open && low <= close && high >= open && high >= close)) return false
  const volume = read(columns.volume)
  const quote = read(columns.quoteVolume)
  const taker = read(columns.takerBuyVolume)
  const takerQuote = read(columns.takerBuyQuoteVolume)
  if (!(isExact && taker >= 0 && volume >= taker && takerQuote >= 0 && quote >= takerQuote)) return false
  if (!(quote >= low * volume * (1 - SLACK) && quote <= high * volume * (1 + SLACK))) return false
  const at = base + columns.trades
  return readWhole(bytes, offsets[at] ?? 0, (offsets[at + 1] ?? 1) - 1) >= 0
}

function toCandle(rows: ByteRows, row: number, columns: CandleColumns): Candle {
  const trades = rows.text(row, columns.trades)
  return {
    ts: 0,
    open: rows.text(row, columns.open),
    high: rows.text(row, columns.high),
    low: rows.text(row, columns.low),
    close: rows.text(row, columns.close),
    volume: rows.text(row, columns.volume),
    quoteVolume: rows.text(row, columns.quoteVolume),
    trades: /^\d{1,15}$/.test(trades) ? Number(trades) : Number.NaN,
    takerBuyVolume: rows.text(row, columns.takerBuyVolume),
    takerBuyQuoteVolume: rows.text(row, columns.takerBuyQuoteVolume),
  }
}
