import type { SeriesReport } from '../../db/coverage-report.ts'

/** All series of a dataset together. Times in milliseconds, null where nothing is covered; amounts in minutes. */
export interface DatasetTotal {
  readonly dataset: string
  readonly symbols: number
  readonly whole: number
  readonly from: number | null
  /** Where the symbol that is furthest behind ends, and the one that is furthest ahead. */
  readonly oldestTo: number | null
  readonly newestTo: number | null
  /** Of the one that is furthest behind what is due. */
  readonly lagSeconds: number
  readonly coveredMinutes: number
  readonly absentMinutes: number
  readonly missingMinutes: number
  readonly missingStretches: number
}

/** By dataset, in the order of names. */
export function sumUpDatasets(series: readonly SeriesReport[]): DatasetTotal[] {
  const totals = new Map<string, Sum>()
  for (const one of series) {
    const total = totals.get(one.dataset) ?? { ...NOTHING, dataset: one.dataset }
    totals.set(one.dataset, total)
    addTo(total, one)
  }
  return [...totals.values()].sort((a, b) => (a.dataset < b.dataset ? -1 : 1))
}

type Sum = { -readonly [Field in keyof DatasetTotal]: DatasetTotal[Field] }

const NOTHING = {
  symbols: 0,
  whole: 0,
  from: null,
  oldestTo: null,
  newestTo: null,
  lagSeconds: 0,
  coveredMinutes: 0,
  absentMinutes: 0,
  missingMinutes: 0,
  missingStretches: 0,
}

function addTo(total: Sum, one: SeriesReport): void {
  total.symbols += 1
  if (one.state === 'whole') total.whole += 1
  if (one.from !== null) total.from = Math.min(total.from ?? one.from, one.from)
  if (one.to !== null) {
    total.oldestTo = Math.min(total.oldestTo ?? one.to, one.to)
    total.newestTo = Math.max(total.newestTo ?? one.to, one.to)
  }
  total.lagSeconds = Math.max(total.lagSeconds, one.lagSeconds)
  total.coveredMinutes += one.coveredMinutes
  total.absentMinutes += one.absentMinutes
  total.missingMinutes += one.missingMinutes
  total.missingStretches += one.missingStretches
}
