import { pointsToWindows, subtract, type Window } from '../../model/window.ts'
import { findOverdue } from '../../plan/schedule.ts'
import type { Commit } from '../../ports.ts'
import type { FileRows, ListedFile } from '../../venue/archive.ts'
import type { Route } from '../../venue/route.ts'

export interface FilePart {
  readonly rows: FileRows
  readonly route: Route
  /** What is wanted of the file. */
  readonly wanted: readonly Window[]
  readonly isFresh: boolean
}

/**
 * What a file proves of what was wanted of it. Of a grid the steps that have a row: what it lacks the venue may have. Of
 * events all that was wanted, but for those that are bad and those that should be there by the schedule.
 */
export function commitOf({ symbol }: ListedFile, { rows, route, wanted, isFresh }: FilePart): Commit {
  const { dataset, cells, rejected } = rows
  const times = [...cells.times]
  const isVague = rejected.some(({ ts }) => ts === undefined)
  const covered =
    route.shape === 'grid' || isVague
      ? pointsToWindows(times, route.stepMs)
      : subtract(wanted, [...unsureOf(rows, route.stepMs), ...overdueIn(route, symbol, wanted, times)])
  return { symbol, dataset, rows: cells.rows, covered, absent: [], isFresh }
}

/** Times of which the file has rows, and none that can be taken. */
const unsureOf = ({ cells, rejected }: FileRows, stepMs: number): Window[] =>
  [...rejected.flatMap(({ ts }) => ts ?? []), ...cells.disagreeing].map((ts) => ({
    from: ts,
    to: ts + stepMs,
  }))

function overdueIn(
  { schedule }: Route,
  symbol: string,
  wanted: readonly Window[],
  times: readonly number[],
): Window[] {
  const since = wanted[0]?.from ?? 0
  return schedule ? findOverdue(schedule, { symbol, covered: wanted, times, since }) : []
}
