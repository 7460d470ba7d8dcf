import { ceilTo, HOUR, type Window } from '../../lib/model/window.ts'
import type { PageQuery } from '../core/candle-source.ts'
import { formatDecimal } from '../core/digits.ts'
import { hashAt, hashText } from '../core/hash.ts'
import { readRecorded } from '../core/recorded/files.ts'
import { findTimeProblem, isHeading, refuseLine } from '../core/recorded/refuse-line.ts'
import { type FundingRow, type FundingSource, takeEnd } from './funding.ts'

const RATE = /^-?\d+(?:\.\d+)?(?:[eE]-?\d+)?$/

const INTERVAL = 8 * HOUR

/**
 * Funding rates of `SYMBOL.csv` files (`timestamp,symbol,funding_rate`): no mark price, intervals of eight hours. What
 * trades has settlements: where no file tells them they are made, as long as there are candles.
 */
export function createRecordedFunding(
  files: ReadonlyMap<string, string>,
  hasRateType: boolean,
  lifeOf: (symbol: string) => Window | undefined,
): FundingSource {
  const loaded = new Map<string, readonly FundingRow[]>()
  const rowsOf = (symbol: string): readonly FundingRow[] => {
    const path = files.get(symbol)
    const rows = loaded.get(symbol) ?? (path === undefined ? [] : readRows(path, hasRateType))
    loaded.set(symbol, rows)
    return rows
  }
  const allRows = (symbol: string, { from, to }: PageQuery): FundingRow[] => {
    const recorded = rowsOf(symbol)
    const [first, last] = [recorded[0]?.fundingTime, recorded.at(-1)?.fundingTime]
    const isRecorded = (ts: number): boolean =>
      first !== undefined && last !== undefined && ts > first - INTERVAL / 2 && ts < last + INTERVAL / 2
    const life = lifeOf(symbol)
    const made = life ? makeRows(symbol, { from: Math.max(from, life.from), to: Math.min(to, life.to) }) : []
    const inside = recorded.filter(({ fundingTime }) => fundingTime >= from && fundingTime <= to)
    const others = made.filter(({ fundingTime }) => !isRecorded(fundingTime))
    return [...inside, ...others].toSorted((a, b) => a.fundingTime - b.fundingTime)
  }
  return {
    rows: (symbol, query) => takeEnd(allRows(symbol, query), query),
    hoursAt: () => 8,
  }
}

/** One basis point and a bit, the same each time. Both ends included. */
function makeRows(symbol: string, { from, to }: Window): FundingRow[] {
  const series = hashText(symbol)
  const first = ceilTo(from, INTERVAL)
  return Array.from({ length: Math.max(0, Math.floor((to - first) / INTERVAL) + 1) }, (_, at) => {
    const fundingTime = first + at * INTERVAL
    const units = 5_000 + (hashAt(series, fundingTime / HOUR) % 10_000)
    return { symbol, fundingTime, fundingRate: formatDecimal(units, 8), markPrice: '' }
  })
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
