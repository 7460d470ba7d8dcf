import type { StatusLine } from '../../db/reports.ts'
import { paintTier } from '../../lib/progress/describe.ts'
import { toOneLine } from '../../lib/text/one-line.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatUtc } from '../../lib/text/times.ts'
import { wrapToWidth } from '../../lib/text/width.ts'
import { formatCoverage } from './coverage-text.ts'
import { formatDoubts } from './doubts-text.ts'
import { NOTHING_YET_SENTENCE } from './nothing-yet.ts'
import { formatRuns, formatRunsShort } from './runs-text.ts'
import { formatSeries, type SeriesScreen } from './series-text.ts'
import type { StatusSettings } from './settings.ts'
import type { StatusReport } from './status-report.ts'

/** For people. */
export function statusText(
  report: StatusReport,
  { symbols, limit, all, long }: Pick<StatusSettings, 'symbols' | 'limit' | 'all' | 'long'>,
  screen: SeriesScreen,
): string {
  const { runs, series, clock } = report
  const { width } = screen
  if (runs.length === 0 && series.length === 0)
    return width === undefined ? NOTHING_YET_SENTENCE : wrapToWidth(NOTHING_YET_SENTENCE, width).join('\n')
  const view = { ...report, isAll: all || (symbols !== undefined && !symbols.includes('all')) }
  const runScreen = { ...screen, now: clock.databaseNow }
  const isNone = series.length === 0 && symbols !== undefined && !symbols.includes('all')
  const body = long ? formatCoverage : formatSeries
  const lines = [
    ...(long ? formatRuns(runs, runScreen) : formatRunsShort(runs, { ...runScreen, limit })),
    '',
    ...(isNone ? ['no data of what --symbols names'] : body(view, screen)),
    ...formatDoubts(report, screen),
  ]
  return lines.join('\n')
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
