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
  readonly coveredMinutes: number
  readonly absentMinutes: number
  readonly missingMinutes: number
  readonly missingStretches: number
}

/** By dataset, in the order of names. */
export function sumUpDatasets(series: readonly SeriesReport[]): DatasetTotal[] {
  const byDataset = [...Map.groupBy(series, ({ dataset }) => dataset)]
  return byDataset.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([dataset, all]) => sumUp(dataset, all))
}

function sumUp(dataset: string, all: readonly SeriesReport[]): DatasetTotal {
  const sum = (field: 'coveredMinutes' | 'absentMinutes' | 'missingMinutes' | 'missingStretches'): number =>
    all.reduce((total, one) => total + one[field], 0)
  const ends = all.flatMap(({ to }) => to ?? [])
  return {
    dataset,
    symbols: all.length,
    whole: all.filter(({ state }) => state === 'whole').length,
    from: extreme(
      Math.min,
      all.flatMap(({ from }) => from ?? []),
    ),
    oldestTo: extreme(Math.min, ends),
    newestTo: extreme(Math.max, ends),
    coveredMinutes: sum('coveredMinutes'),
    absentMinutes: sum('absentMinutes'),
    missingMinutes: sum('missingMinutes'),
    missingStretches: sum('missingStretches'),
  }
}

const extreme = (choose: (a: number, b: number) => number, values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((one, other) => choose(one, other))
