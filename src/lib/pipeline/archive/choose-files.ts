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

/** A file, and the times of which its rows are taken. */
export interface PlannedFile {
  readonly file: ListedFile
  readonly reach: readonly Window[]
  /** It was loaded before. */
  readonly isAgain: boolean
  /** Only rows that its neighbours lack are taken. */
  readonly isLender: boolean
}

export interface FilePlan {
  readonly gaps: readonly Window[]
  /** Files that are loaded again. */
  readonly again: readonly ListedFile[]
  /** See `FileKind.strayMs`. */
  readonly strayMs: number
  readonly tried: ReadonlySet<string>
  /** Files that were looked at for rows of their neighbours. */
  readonly lenders: ReadonlySet<string>
}

/**
 * The files of one round, oldest first. A day waits for the month that lies over it: what they both tell is settled one
 * after the other.
 */
export function planFiles(shelf: Shelf, { gaps, again, strayMs, tried, lenders }: FilePlan): PlannedFile[] {
  const chosen = new Set([...chooseFiles(gaps, shelf, tried), ...again])
  const months = [...chosen].filter(({ period }) => period === 'monthly').map(({ window }) => window)
  const own = [...chosen]
    .filter(({ period, window }) => period === 'monthly' || intersect(months, [window]).length === 0)
    .map((file) => ({ file, reach: [file.window], isAgain: again.includes(file), isLender: false }))
  if (strayMs === 0) return own.toSorted(compareStarts)
  const files = [...shelf.monthly, ...shelf.daily]
  // What a file lacks although it should have it: those that are under way may yet bring it.
  const lacking = intersect(
    gaps,
    files.filter((file) => tried.has(file.key) && !chosen.has(file)).map(({ window }) => window),
  )
  const strays = files.flatMap((file): PlannedFile[] => {
    const { from, to } = file.window
    const reach = intersect(lacking, [
      { from: from - strayMs, to: from },
      { from: to, to: to + strayMs },
    ])
    return reach.length === 0 || lenders.has(file.key) || chosen.has(file)
      ? []
      : [{ file, reach, isAgain: false, isLender: true }]
  })
  return [...own, ...strays].toSorted(compareStarts)
}

const compareStarts = (a: PlannedFile, b: PlannedFile): number => a.file.window.from - b.file.window.from

const costOf = (files: readonly ListedFile[]): number =>
  files.reduce((sum, { size }) => sum + size + REQUEST_BYTES, 0)
