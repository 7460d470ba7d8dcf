import type { SeriesReport } from '../../db/coverage-report.ts'

/** A symbol with its series, by dataset. */
export interface SymbolSeries {
  readonly symbol: string
  readonly series: ReadonlyMap<string, SeriesReport>
  readonly isWhole: boolean
}

/** Candles that have stopped come before all else: everything is made of them. */
const STALLED = 4
const SEVERITY = { missing: 3, behind: 2, rebuilding: 1, unproven: 1, whole: 0 } as const

/** Worst first: stalled candles by how far, then what is missing by how much, then what is behind; symbols by name. */
export function rankSymbols(all: readonly SeriesReport[]): SymbolSeries[] {
  const bySymbol = Map.groupBy(all, ({ symbol }) => symbol)
  const ranked = [...bySymbol].map(([symbol, series]) => ({
    symbol,
    series: new Map(series.map((one) => [one.dataset, one])),
    isWhole: series.every(({ state }) => state === 'whole'),
    worst: series.map(weigh).reduce((most, one) => (compare(one, most) < 0 ? one : most), [0, 0] as const),
  }))
  return ranked.toSorted((a, b) => compare(a.worst, b.worst) || (a.symbol < b.symbol ? -1 : 1))
}

type Weight = readonly [severity: number, amount: number]

function weigh({ dataset, state, lagSeconds, missingMinutes }: SeriesReport): Weight {
  if (dataset === 'ohlcv' && state === 'behind') return [STALLED, lagSeconds]
  return [SEVERITY[state], state === 'missing' ? missingMinutes : lagSeconds]
}

const compare = (a: Weight, b: Weight): number => b[0] - a[0] || b[1] - a[1]
