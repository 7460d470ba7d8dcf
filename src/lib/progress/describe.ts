import type { RunSummary, Tier } from '../events.ts'
import { formatDuration } from '../text/durations.ts'
import { formatCount, formatPercent, formatPlural } from '../text/numbers.ts'
import { ownCommand } from '../text/own-command.ts'
import type { Paint } from '../text/paint.ts'
import { displayWidth } from '../text/width.ts'
import type { ProgressModel } from './progress-model.ts'

export const isStreamScript = (script: string): boolean => script.startsWith('stream')

/** The colour of a command's name. */
export function paintScript(script: string, paint: Paint): string {
  return isStreamScript(script) ? paint.stream(script) : paint.backfill(script)
}

/** The colour of the way a run ended. */
export function paintTier(tier: Tier, paint: Paint): (text: string) => string {
  return {
    Started: paint.title,
    Running: paint.title,
    Completed: paint.completed,
    Stopped: paint.stopped,
    Failed: paint.failed,
  }[tier]
}

/** `3 symbols, 120,960 rows in 246 requests`. */
export function describePlan({ symbols, firstPlan, params }: ProgressModel): string {
  if (!firstPlan) return 'started'
  const { rows, requests } = firstPlan
  const isPart = Array.isArray(params.parts) && firstPlan.datasets.length > 0
  const part = isPart ? `${firstPlan.datasets.join(', ')}: ` : ''
  const who = `${part}${formatPlural(symbols, 'symbol')}`
  if (rows === 0 && requests === 0) return `${who}, nothing is missing`
  const amounts = [
    rows > 0 ? formatPlural(rows, 'row') : '',
    requests > 0 ? formatPlural(requests, 'request') : '',
  ]
  return `${who}, ${amounts.filter((amount) => amount !== '').join(' in ')}`
}

/** From left to right. */
const PROGRESS = ['percent', 'eta', 'written', 'rate', 'requests', 'retries', 'errors'] as const
type Progress = (typeof PROGRESS)[number]
/** What has a place first where there is little: rows stand on the lines of the datasets too. */
const PRECEDENCE: readonly Progress[] = ['percent', 'errors', 'eta', 'requests', 'retries', 'rate', 'written']
const BETWEEN = ', '

/**
 * `43 %, ETA 1m 26s, 52,012 of 120,960 rows written, 4,120 rows/s, 106 requests, 2 errors`; with less room whole parts of
 * it and no piece of one.
 */
export function describeProgress(
  model: ProgressModel,
  now: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const { total, errors, retries } = model
  const eta = model.isOver ? null : model.eta(now)
  const parts: Readonly<Record<Progress, string>> = {
    percent: total.fraction === null ? '' : formatPercent(total.fraction),
    eta: eta ? `ETA ${formatDuration(eta)}` : '',
    written: describeWritten(total),
    rate: model.isOver ? '' : `${formatCount(model.rowsPerSecond(now))} rows/s`,
    requests: formatPlural(total.requests, 'request'),
    retries: retries > 0 ? `${formatCount(retries)} ${retries === 1 ? 'retry' : 'retries'}` : '',
    errors: errors > 0 ? formatPlural(errors, 'error') : '',
  }
  let left = width + BETWEEN.length
  const shown = new Set<Progress>()
  for (const name of PRECEDENCE) {
    const size = displayWidth(parts[name]) + BETWEEN.length
    if (parts[name] === '' || size > left) continue
    shown.add(name)
    left -= size
  }
  return PROGRESS.flatMap((name) => (shown.has(name) ? [parts[name]] : [])).join(BETWEEN)
}

/** `lane direct waits 42s: its budget is spent`; empty while nothing waits. */
export function describeWait({ lastWait }: ProgressModel, now: number): string {
  if (!lastWait || lastWait.until <= now) return ''
  return `lane ${lastWait.lane} waits ${formatDuration(lastWait.until - now)}: ${lastWait.reason}`
}

/** `52,012 of 120,960 rows written` while some are to come. */
function describeWritten({ rows, plannedRows }: { rows: number; plannedRows: number }): string {
  const all = rows < plannedRows ? `${formatCount(rows)} of ${formatPlural(plannedRows, 'row')}` : ''
  return `${all || formatPlural(rows, 'row')} written`
}

/** What is told at once when a signal has come. */
export function describeStopping(signal: string): string {
  const again = signal === 'SIGINT' ? 'Ctrl-C again ends now' : `a second ${signal} ends now`
  return `stopping: writing what is in hand; ${again}`
}

/** What is made from stored rows needs no request, and one row that is fetched may be stored as several. */
function describeRows({ rowsFetched, rowsInserted, rowsUpdated, requests }: RunSummary): string {
  const changed = rowsUpdated > 0 ? `, ${formatCount(rowsUpdated)} changed` : ''
  const made = `${formatPlural(rowsInserted, 'new row')}${changed}`
  if (requests === 0 && rowsInserted + rowsUpdated > 0) return made
  const asked = formatPlural(requests, 'request')
  if (rowsInserted > rowsFetched) return `${made} from ${formatCount(rowsFetched)} fetched in ${asked}`
  return `${formatPlural(rowsFetched, 'row')} (${formatCount(rowsInserted)} new${changed}) in ${asked}`
}

/** `120,960 rows (120,958 new, 2 changed) in 246 requests, 2m 03s, 1 error, 3 minutes still missing`. */
export function describeSummary(summary: RunSummary): string {
  const { seconds, errors, missingMinutes, unprovenMinutes, absentMinutes, expiredMinutes } = summary
  const unproven = unprovenMinutes > 0 ? ` (${formatCount(unprovenMinutes)} unproven)` : ''
  const parts = [
    describeRows(summary),
    formatDuration(seconds * 1_000),
    errors > 0 ? formatPlural(errors, 'error') : '',
    missingMinutes > 0 ? `${formatPlural(missingMinutes, 'minute')} still missing${unproven}` : '',
    absentMinutes > 0 ? `${formatPlural(absentMinutes, 'minute')} absent at the venue` : '',
    expiredMinutes > 0 ? `${formatPlural(expiredMinutes, 'minute')} older than what is kept there` : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** `Stopped: interrupted by SIGINT: 52,012 rows …`. */
export function describeEnd({ tier, message, summary }: ProgressModel): string {
  const reason = tier === 'Completed' || message === '' ? '' : ` ${message}:`
  return summary ? `${tier}:${reason} ${describeSummary(summary)}` : `${tier}${reason}`
}

const SHOWN_FAILURES = 10

/** The first failures, a line each, and how to see the rest. */
export function describeFailures({ summary, executionId, params }: ProgressModel): string[] {
  const failed = summary?.failed ?? []
  if (failed.length === 0) return []
  const lines = failed
    .slice(0, SHOWN_FAILURES)
    .map(({ symbol, dataset, reason }) => `${symbol} ${dataset}: ${reason}`)
  const more = failed.length - lines.length
  const see = ownCommand(`errors --run ${executionId.slice(0, 8)}${params.sim === true ? ' --sim' : ''}`)
  return [...lines, more > 0 ? `and ${formatCount(more)} more: ${see}` : `details: ${see}`]
}
