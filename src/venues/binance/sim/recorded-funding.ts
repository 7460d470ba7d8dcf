import { readFileSync } from 'node:fs'
import { type FundingRow, type FundingSource, takeEnd } from './funding.ts'

/** Funding rates of `SYMBOL.csv` files (`timestamp,symbol,funding_rate`): no mark price, intervals of eight hours. */
export function createRecordedFunding(
  files: ReadonlyMap<string, string>,
  hasRateType: boolean,
): FundingSource {
  const loaded = new Map<string, readonly FundingRow[]>()
  const rowsOf = (symbol: string): readonly FundingRow[] => {
    const path = files.get(symbol)
    if (path === undefined) return []
    const rows = loaded.get(symbol) ?? readRows(path, hasRateType)
    loaded.set(symbol, rows)
    return rows
  }
  return {
    rows: (symbol, query) => {
      const { from, to } = query
      const rows = rowsOf(symbol).filter(({ fundingTime }) => fundingTime >= from && fundingTime <= to)
      return takeEnd(rows, query)
    },
    hoursAt: () => 8,
  }
}

function readRows(path: string, hasRateType: boolean): FundingRow[] {
  const rows = readFileSync(path, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [timestamp = '', symbol = '', fundingRate = ''] = line.trim().split(',')
      if (!/^\d+$/.test(timestamp)) return []
      const rateType = hasRateType ? ({ rateType: 'Regular' } as const) : {}
      return [{ symbol, fundingTime: Number(timestamp), fundingRate, markPrice: '', ...rateType }]
    })
  return rows.toSorted((a, b) => a.fundingTime - b.fundingTime)
}
