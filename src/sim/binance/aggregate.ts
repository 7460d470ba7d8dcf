import { HOUR, MINUTE } from '../../lib/model/window.ts'
import { formatDecimal } from '../core/digits.ts'
import type { KlineRow } from './kline-row.ts'
import { decimalsOf } from './settle-row.ts'

/** The intervals that the simulator makes of one-minute candles. */
export const INTERVALS: ReadonlyMap<string, number> = new Map([
  ['1m', MINUTE],
  ['3m', 3 * MINUTE],
  ['5m', 5 * MINUTE],
  ['15m', 15 * MINUTE],
  ['30m', 30 * MINUTE],
  ['1h', HOUR],
  ['2h', 2 * HOUR],
  ['4h', 4 * HOUR],
  ['6h', 6 * HOUR],
  ['8h', 8 * HOUR],
  ['12h', 12 * HOUR],
  ['1d', 24 * HOUR],
])

/** One candle of the minutes in `rows`, at least one. */
export function aggregate(rows: readonly KlineRow[], openTime: number, interval: number): KlineRow {
  const [first] = rows
  const last = rows.at(-1)
  if (!first || !last) throw new RangeError('nothing to aggregate')
  const pick = (slot: 2 | 3, isBetter: (a: number, b: number) => boolean): string =>
    rows.reduce((best, row) => (isBetter(Number(row[slot]), Number(best)) ? row[slot] : best), first[slot])
  const total = (slot: 5 | 7 | 9 | 10): string => sum(rows.map((row) => row[slot]))
  return [
    openTime,
    first[1],
    pick(2, (a, b) => a > b),
    pick(3, (a, b) => a < b),
    last[4],
    total(5),
    openTime + interval - 1,
    total(7),
    rows.reduce((count, row) => count + row[8], 0),
    total(9),
    total(10),
    '0',
  ]
}

function sum(texts: readonly string[]): string {
  const decimals = Math.max(...texts.map(decimalsOf))
  const units = texts.reduce((total, text) => total + Math.round(Number(text) * 10 ** decimals), 0)
  return formatDecimal(units, decimals)
}
