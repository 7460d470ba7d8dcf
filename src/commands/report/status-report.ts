import type { Sql } from '../../db/connect.ts'
import { readSeries, type SeriesReport } from '../../db/coverage-report.ts'
import { type Doubtful, findSuspects, findUnproven } from '../../db/doubts.ts'
import { type RunReport, readVenueClock, recentRuns, type VenueClock } from '../../db/reports.ts'
import { lookForProcess } from './process-state.ts'
import type { StatusSettings } from './settings.ts'

export interface StatusReport {
  readonly venue: string
  readonly clock: VenueClock
  /** Newest first. */
  readonly runs: readonly RunReport[]
  /** By symbol and dataset. */
  readonly series: readonly SeriesReport[]
  readonly unproven: readonly Doubtful[]
  readonly suspects: readonly Doubtful[]
}

/** Runs in the long form and in `--json`, where nobody says how many. */
const RUNS = 10

/** Runs and coverage; all questions are on their way before the first answer. `longestMs`: see `findSuspects`. */
export async function readStatus(
  sql: Sql,
  { venue, symbols: wanted, limit = RUNS }: Pick<StatusSettings, 'venue' | 'symbols' | 'limit'>,
  longestMs: number,
): Promise<StatusReport> {
  const symbols = wanted?.includes('all') ? undefined : wanted
  const asked = readVenueClock(sql, venue)
  const [clock, series, runs, unproven, suspects] = await Promise.all([
    asked,
    asked.then(({ now }) => readSeries(sql, { venue, symbols, now })),
    recentRuns(sql, { limit }),
    findUnproven(sql, { venue, symbols }),
    findSuspects(sql, { venue, symbols, longestMs }),
  ])
  return { venue, clock, runs: runs.map(lookForProcess), series, unproven, suspects }
}
