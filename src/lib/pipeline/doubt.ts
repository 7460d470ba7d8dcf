import type { Dataset } from '../model/market.ts'
import { HOUR, span, subtract, type Window } from '../model/window.ts'
import { findOverdue } from '../plan/schedule.ts'
import type { Job, Task } from './job.ts'
import type { Page } from './page.ts'

/** From this length on the answers about a stretch without rows are kept as evidence. */
const LONG = HOUR

/** What a page leaves to be asked about, beside what it covers. */
export interface Loose {
  /** Short stretches between two of its rows: a second answer settles them. */
  readonly short: readonly Window[]
  /** Stretches without rows that the answer does not explain. */
  readonly doubtful: readonly Window[]
  /** Of those, where an event should have been. */
  readonly overdue: readonly Window[]
}

export function findLoose({ kind, job }: Task, page: Page<Dataset>): Loose {
  const overdue = overdueIn(job, page)
  // A minute that had a broken row and now has none is not one that two answers left out.
  const short = kind === 'again' ? [] : page.missing.filter((window) => span(window) < LONG)
  const rest = subtract(page.missing, short)
  return { short, doubtful: [...page.outer, ...overdue, ...rest], overdue }
}

/** Where a page of events lacks one that should be there. */
function overdueIn({ route, symbol, listedSince }: Job, page: Page<Dataset>): Window[] {
  if (!route.schedule) return []
  const times = [...page.rows, ...page.rejected].flatMap(({ ts }) => (ts === undefined ? [] : [ts]))
  const since = listedSince ?? page.window.from
  const answered = { symbol, covered: page.covered, times: times.toSorted((a, b) => a - b), since }
  return findOverdue(route.schedule, answered)
}

/** Stored rows stay, whatever the venue says later: their minutes are not absent. */
export const storedRows = ({ known, route }: Job): Window[] =>
  route.shape === 'grid' ? subtract(known.covered, known.absent) : []

/** What is known of rows that some answers do not reach is kept, and not covered; it never replaces what is stored. */
export function withHalves(page: Page<Dataset>, stored: readonly Window[]): Page<Dataset> {
  if (page.halfRows.length === 0) return page
  const isStored = (ts: number): boolean => stored.some(({ from, to }) => ts >= from && ts < to)
  const rows = [...page.rows, ...page.halfRows.filter(({ ts }) => !isStored(ts))]
  return { ...page, rows: rows.toSorted((a, b) => a.ts - b.ts) }
}
