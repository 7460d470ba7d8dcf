import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Sql } from '../../src/db/connect.ts'
import type { Window } from '../../src/lib/model/window.ts'
import type { BinanceSimulator } from '../../src/sim/binance/index.ts'

/** Recorded market data beside the project; a clone alone does not have them. */
export const RECORDED = fileURLToPath(new URL('../../../shared/data/binance-um', import.meta.url))
export const hasRecorded = existsSync(RECORDED)
export const WITHOUT_RECORDED = 'the recorded market data are not beside the project'

export const FEBRUARY = { since: '2026-02-01', until: '2026-03-01' } as const
export const FEBRUARY_SYMBOLS = ['AVAXUSDT', 'LINKUSDT', 'LTCUSDT'] as const

export const hashOf = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex')

/** The rows of a recorded month as the table must have them: `symbol,ms,open,…,taker quote`, the very digits. */
export function recordedCandles(symbol: string, month = '2026-02'): string[] {
  const text = gunzipSync(readFileSync(`${RECORDED}/klines-1m/${symbol}-1m-${month}.csv.gz`)).toString()
  return text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [ts, open, high, low, close, volume, , quote, trades, takerBase, takerQuote] = line.split(',')
      return [symbol, ts, open, high, low, close, volume, quote, trades, takerBase, takerQuote].join(',')
    })
}

export const recordedFebruary = (): string[] =>
  FEBRUARY_SYMBOLS.flatMap((symbol) => recordedCandles(symbol)).toSorted()

/** All rows of `ohlcv` in the same form, sorted. */
export async function storedCandles(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, open, high, low, close, volume,
      quote_volume, trades, taker_buy_volume, taker_buy_quote_volume) as line from ohlcv`
  return rows.map(({ line }) => line).toSorted()
}

/** Candles as a simulated venue has them on the wire, in the same form. */
export const wireCandles = (symbol: string, rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((row) =>
    [symbol, row[0], row[1], row[2], row[3], row[4], row[5], row[7], row[8], row[9], row[10]].join(','),
  )

/** The candles that open in the window, in the same form. */
export const trueCandles = (truth: BinanceSimulator['truth'], symbol: string, window: Window): string[] =>
  wireCandles(symbol, truth.candles(symbol, window))
