import type { Dataset, Row, RowOf } from '../model/market.ts'
import type { ParsedRows, RejectedRow } from '../venue/route.ts'

/** The answers to all questions of a page, as one. */
export interface MergedRows<D extends Dataset> extends ParsedRows<D> {
  /** Times of rows of which an answer lacks its part. */
  readonly partial: ReadonlySet<number>
  /** Those of them that lie before the first or after the last row of the answer that lacks its part. */
  readonly unreached: ReadonlySet<number>
  /** Rows that came twice, the same each time. */
  readonly duplicates: number
}

export interface SortedRows<R> {
  /** Oldest first, one per `ts`. */
  readonly rows: readonly R[]
  readonly conflicts: readonly RejectedRow[]
  readonly duplicates: number
}

/** Sorts by time; the same row twice counts once; two different rows of one minute are both refused. */
export function sortOut<R extends Row>(rows: readonly R[]): SortedRows<R> {
  let isSorted = true
  for (let at = 1; at < rows.length && isSorted; at += 1)
    isSorted = (rows[at - 1]?.ts ?? 0) < (rows[at]?.ts ?? 0)
  if (isSorted) return { rows, conflicts: [], duplicates: 0 }
  const byTime = new Map<number, Map<string, R>>()
  for (const row of rows) {
    const same = byTime.get(row.ts) ?? new Map<string, R>()
    const text = JSON.stringify(row)
    if (!same.has(text)) same.set(text, row)
    byTime.set(row.ts, same)
  }
  const kept: R[] = []
  const conflicts: RejectedRow[] = []
  let total = 0
  for (const [ts, same] of [...byTime].toSorted(([one], [other]) => one - other)) {
    total += same.size
    if (same.size === 1) kept.push(...same.values())
    else conflicts.push({ ts, row: [...same.values()], reason: 'two different rows of the same time' })
  }
  return { rows: kept, conflicts, duplicates: rows.length - total }
}

/** Each answer brings some fields of a row and null for the others; a row that one answer has stands. */
export function mergeAnswers<D extends Dataset>(answers: readonly ParsedRows<D>[]): MergedRows<D> {
  const sorted = answers.map((answer) => sortOut<RowOf[D]>(answer.rows))
  const rejected = [
    ...answers.flatMap((answer) => answer.rejected),
    ...sorted.flatMap(({ conflicts }) => conflicts),
  ]
  const shared = {
    rejected,
    count: Math.max(...answers.map(({ count }) => count)),
    duplicates: sorted.reduce((sum, { duplicates }) => sum + duplicates, 0),
    trustedFrom: Math.max(...answers.map(({ trustedFrom = 0 }) => trustedFrom)),
  }
  const [first] = sorted
  if (sorted.length === 1 && first)
    return { ...shared, rows: first.rows, partial: new Set(), unreached: new Set() }
  const merged = new Map<number, RowOf[D]>()
  const parts = new Map<number, number>()
  for (const row of sorted.flatMap(({ rows }) => rows)) {
    const own = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
    merged.set(row.ts, { ...row, ...merged.get(row.ts), ...own })
    parts.set(row.ts, (parts.get(row.ts) ?? 0) + 1)
  }
  const rows = [...merged.values()].toSorted((a, b) => a.ts - b.ts)
  const partial = new Set(rows.filter(({ ts }) => (parts.get(ts) ?? 0) < answers.length).map(({ ts }) => ts))
  const reaches = sorted.map(({ rows: own, conflicts }, at) => {
    const refused = [...conflicts, ...(answers[at]?.rejected ?? [])].flatMap(({ ts }) => ts ?? [])
    const times = [...own.slice(0, 1), ...own.slice(-1)].map(({ ts }) => ts)
    return { own: new Set(own.map(({ ts }) => ts)), ...extentOf([...times, ...refused]) }
  })
  const isReached = (ts: number): boolean =>
    reaches.every(({ own, from, to }) => own.has(ts) || (ts >= from && ts <= to))
  const unreached = new Set([...partial].filter((ts) => !isReached(ts)))
  return { ...shared, rows, partial, unreached }
}

const extentOf = (times: readonly number[]): { readonly from: number; readonly to: number } => ({
  from: times.reduce((least, ts) => Math.min(least, ts), Number.POSITIVE_INFINITY),
  to: times.reduce((most, ts) => Math.max(most, ts), Number.NEGATIVE_INFINITY),
})
