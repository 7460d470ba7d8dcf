import { findFault } from '../model/candle-rules.ts'
import type { Candle } from '../model/market.ts'
import type { ByteRows } from './byte-rows.ts'
import { valueAt } from './plain-cells.ts'

/** In which cell each field of a candle stands. */
export type CandleColumns = { readonly [F in Exclude<keyof Candle, 'ts'>]: number }

/** Less than what the rules of candles let pass as rounding. */
const SLACK = 1e-9

/**
 * The rules of `candle-rules` for candles in cells. Decided by doubles where those leave no doubt that a candle is sound,
 * which is nearly always; whatever they leave in doubt, and the words, come from the rules themselves.
 */
export function findCandleFault(rows: ByteRows, row: number, columns: CandleColumns): string | undefined {
  return isPlainlySound(rows, row, columns) ? undefined : findFault(toCandle(rows, row, columns))
}

/** Only where all cells are plain: doubles that are equal are equal decimals then. */
function isPlainlySound(rows: ByteRows, row: number, columns: CandleColumns): boolean {
  const { digits, scales } = rows
  const base = row * (rows.columns + 1)
  const open = valueAt(digits, scales, base + columns.open)
  const high = valueAt(digits, scales, base + columns.high)
  const low = valueAt(digits, scales, base + columns.low)
  const close = valueAt(digits, scales, base + columns.close)
  if (!(low > 0 && low <= open && low <= close && high >= open && high >= close)) return false
  const volume = valueAt(digits, scales, base + columns.volume)
  const quote = valueAt(digits, scales, base + columns.quoteVolume)
  const taker = valueAt(digits, scales, base + columns.takerBuyVolume)
  const takerQuote = valueAt(digits, scales, base + columns.takerBuyQuoteVolume)
  if (!(taker >= 0 && volume >= taker && takerQuote >= 0 && quote >= takerQuote)) return false
  if (!(quote >= low * volume * (1 - SLACK) && quote <= high * volume * (1 + SLACK))) return false
  return scales[base + columns.trades] === 0 && (digits[base + columns.trades] ?? -1) >= 0
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
