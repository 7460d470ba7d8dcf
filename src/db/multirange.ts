import type { Dataset } from '../lib/model/market.ts'
import { normalize, subtract, type Window } from '../lib/model/window.ts'
import type { Commit } from '../lib/ports.ts'

/** The literal of a `tstzmultirange`. */
export function toMultirange(windows: readonly Window[]): string {
  const ranges = windows.map(
    ({ from, to }) => `[${new Date(from).toISOString()},${new Date(to).toISOString()})`,
  )
  return `{${ranges.join(',')}}`
}

/** How `coverage` names a dataset, or one of its series. */
export const coverageName = (dataset: Dataset, variant?: string): string =>
  variant === undefined ? dataset : `${dataset}/${variant}`

export interface CoverageChange {
  readonly symbol: string
  readonly dataset: string
  readonly covered: readonly Window[]
  readonly absent: readonly Window[]
}

/**
 * One change per symbol and dataset, sorted: every transaction locks the rows of `coverage` in the same order. What a
 * later commit covers with rows is no longer absent.
 */
export function mergeChanges(commits: readonly Commit[]): readonly CoverageChange[] {
  const changes = new Map<string, CoverageChange>()
  for (const { symbol, dataset: name, variant, covered, absent } of commits) {
    const dataset = coverageName(name, variant)
    const key = `${symbol} ${dataset}`
    const before = changes.get(key)
    changes.set(key, {
      symbol,
      dataset,
      covered: normalize([...(before?.covered ?? []), ...covered]),
      absent: normalize([...subtract(before?.absent ?? [], covered), ...absent]),
    })
  }
  return [...changes.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change)
}
