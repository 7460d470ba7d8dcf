import type { Sql } from '../../db/connect.ts'
import { coverageTotals, datasetCoverage } from '../../db/coverage-report.ts'
import { findSuspects, findUnproven } from '../../db/doubts.ts'
import { readVenueClock, recentRuns, type StatusLine } from '../../db/reports.ts'
import { paintTier } from '../../lib/progress/describe.ts'
import { toOneLine } from '../../lib/text/one-line.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatUtc } from '../../lib/text/times.ts'
import { describeVenue, longestFundingOf } from '../../venues/index.ts'
import { formatCoverage } from './coverage-text.ts'
import { formatDoubts } from './doubts-text.ts'
import { toJson } from './json.ts'
import { NOTHING_YET_SENTENCE } from './nothing-yet.ts'
import { lookForProcess } from './process-state.ts'
import { formatRuns } from './runs-text.ts'
import type { StatusSettings } from './settings.ts'

/** More lines than this are summed up by dataset. */
const MOST_SYMBOLS = 20
const WORST = 10

export interface StatusScreen {
  readonly width: number | undefined
  readonly paint: Paint
}

/** Runs and coverage, for people and for `--json`. */
export async function reportStatus(
  sql: Sql,
  { venue, symbols: wanted, limit, all, json }: StatusSettings,
  screen: StatusScreen,
): Promise<{ json: unknown; text: string }> {
  const symbols = wanted?.includes('all') ? undefined : wanted
  const longestMs = longestFundingOf(describeVenue(venue))
  const [recent, clock, totals, unproven, suspects] = await Promise.all([
    recentRuns(sql, { limit }),
    readVenueClock(sql, venue),
    coverageTotals(sql, { venue, symbols }),
    findUnproven(sql, { venue, symbols }),
    findSuspects(sql, { venue, symbols, longestMs }),
  ])
  const runs = recent.map(lookForProcess)
  const known = Math.max(0, ...totals.map((total) => total.symbols))
  const isCut = !all && !json && symbols === undefined && known > MOST_SYMBOLS
  const covered = await datasetCoverage(sql, { venue, symbols, ...(isCut ? { worst: WORST } : {}) })
  const report = {
    runs,
    coverage: {
      venue,
      now: clock.now,
      isVenueClock: clock.isVenues,
      totals,
      symbols: covered,
      unproven,
      suspects,
    },
  }
  if (runs.length === 0 && totals.length === 0) return { json: toJson(report), text: NOTHING_YET_SENTENCE }
  const lines = [
    ...formatRuns(runs, { now: clock.databaseNow, ...screen }),
    '',
    ...formatCoverage({ venue, clock, totals, symbols: covered, isCut }, screen),
    ...formatDoubts({ unproven, suspects }, screen.paint),
  ]
  return { json: toJson(report), text: lines.join('\n') }
}

/** `2026-02-01 13:52:44 UTC backfill ohlcv 6f1c2d3e| Running: 43 % …`. */
export function formatStatusLine(
  { ts, script, tier, message, executionId }: StatusLine,
  paint: Paint,
): string {
  const told = toOneLine(message ?? '')
  const text = told.startsWith(`${tier}:`) ? told : `${tier}: ${told}`
  const who = toOneLine(executionId === null ? script : `${script} ${executionId.slice(0, 8)}`)
  return `${formatUtc(ts)} ${who}| ${paintLine(tier, paint)(text)}`
}

function paintLine(tier: string, paint: Paint): (text: string) => string {
  const isEnd = tier === 'Completed' || tier === 'Stopped' || tier === 'Failed'
  return isEnd ? paintTier(tier, paint) : (text) => text
}
