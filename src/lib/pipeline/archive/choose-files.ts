import { intersect, subtract, totalSpan, type Window } from '../../model/window.ts'
import type { ListedFile } from '../../venue/archive.ts'

/** What a request costs beside its bytes, in bytes: small files are slower than their size. */
export const REQUEST_BYTES = 100_000

export interface Shelf {
  readonly monthly: readonly ListedFile[]
  readonly daily: readonly ListedFile[]
}

/**
 * The files that bring what is missing in `gaps`, oldest first: months, and days where a month is not there or little of
 * it is wanted. Files in `tried` have been asked already and have left what they left.
 */
export function chooseFiles(
  gaps: readonly Window[],
  { monthly, daily }: Shelf,
  tried: ReadonlySet<string>,
): ListedFile[] {
  const missing = (file: ListedFile, among: readonly Window[]): readonly Window[] =>
    intersect(among, [file.window])
  const days = daily.filter(({ key }) => !tried.has(key))
  const months = monthly.filter((month) => {
    const lacking = missing(month, gaps)
    if (tried.has(month.key) || lacking.length === 0) return false
    const own = days.filter((day) => missing(day, lacking).length > 0)
    const left = totalSpan(
      subtract(
        lacking,
        own.map(({ window }) => window),
      ),
    )
    return left > 0 || costOf([month]) <= costOf(own)
  })
  const rest = subtract(
    gaps,
    months.map(({ window }) => window),
  )
  const single = days.filter((day) => missing(day, rest).length > 0)
  return [...months, ...single].toSorted((a, b) => a.window.from - b.window.from)
}

const costOf = (files: readonly ListedFile[]): number =>
  files.reduce((sum, { size }) => sum + size + REQUEST_BYTES, 0)
