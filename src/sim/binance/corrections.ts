import type { KlineRow } from './kline-row.ts'
import { settleRow } from './settle-row.ts'

const SLOTS = {
  open: 1,
  high: 2,
  low: 3,
  close: 4,
  volume: 5,
  quoteVolume: 7,
  trades: 8,
  takerBuyVolume: 9,
  takerBuyQuoteVolume: 10,
} as const

/** From the venue time `at` on, the candle has these values instead of its first ones. */
export interface CandleCorrection {
  readonly symbol: string
  readonly openTime: number
  readonly at: number
  readonly values: Readonly<Partial<Record<keyof typeof SLOTS, string>>>
}

export function applyCorrections(
  rows: readonly KlineRow[],
  corrections: readonly CandleCorrection[],
): KlineRow[] {
  const byTime = Map.groupBy(corrections, (correction) => correction.openTime)
  return rows.map((row) => (byTime.get(row[0]) ?? []).toSorted((a, b) => a.at - b.at).reduce(correct, row))
}

function correct(row: KlineRow, { values }: CandleCorrection): KlineRow {
  const corrected: KlineRow = [...row]
  for (const name of Object.keys(SLOTS) as (keyof typeof SLOTS)[]) {
    const value = values[name]
    if (value === undefined) continue
    const slot = SLOTS[name]
    if (slot === 8) corrected[slot] = Number(value)
    else corrected[slot] = value
  }
  return settleRow(corrected)
}
