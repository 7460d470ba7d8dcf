import { readRecorded } from '../../../lib/sim/recorded/files.ts'
import { findTimeProblem, isHeading, refuseLine } from '../../../lib/sim/recorded/refuse-line.ts'
import { type FundingRow, type FundingSource, takeEnd } from './funding.ts'

const RATE = /^-?\d+(?:\.\d+)?(?:[eE]-?\d+)?$/

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
  const rows = readRecorded(path)
    .toString('latin1')
    .split('\n')
    .flatMap((text, at) => {
      const line = text.trim()
      if (line === '' || (at === 0 && isHeading(line))) return []
      const [timestamp = '', symbol = '', fundingRate = ''] = line.split(',')
      const problem =
        findTimeProblem(timestamp) ?? (RATE.test(fundingRate) ? undefined : 'it has no funding rate')
      if (problem !== undefined) refuseLine(path, at + 1, problem)
      const rateType = hasRateType ? ({ rateType: 'Regular' } as const) : {}
      return [{ symbol, fundingTime: Number(timestamp), fundingRate, markPrice: '', ...rateType }]
    })
  return rows.toSorted((a, b) => a.fundingTime - b.fundingTime)
}
