import type { RunReport } from '../../db/reports.ts'
import { formatDuration, formatShortDuration } from '../../lib/text/durations.ts'
import { type FittingColumn, formatFitting } from '../../lib/text/fitting-table.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatMinute } from '../../lib/text/times.ts'

const STATE: FittingColumn = { title: 'state', isHead: true }
const RUN: FittingColumn = { title: 'run', goes: 1 }
const COMMAND: FittingColumn = { title: 'command', isHead: true }
const MESSAGE: FittingColumn = { title: 'last message', isFlexible: true }

const LONG: readonly FittingColumn[] = [
  STATE,
  RUN,
  COMMAND,
  { title: 'started (UTC)', goes: 2 },
  { title: 'last seen', align: 'right', goes: 3, staysStacked: true },
  { title: 'rows', align: 'right', goes: 4 },
  { title: 'errors', align: 'right', goes: 5, staysStacked: true },
  MESSAGE,
]
const SHORT: readonly FittingColumn[] = [
  STATE,
  COMMAND,
  RUN,
  { title: 'when', align: 'right', goes: 2, isHead: true, staysStacked: true },
  MESSAGE,
]

/** Of those that have ended, where nobody says how many. */
const SHOWN_ENDED = 3

interface RunScreen {
  readonly now: number
  readonly width: number | undefined
  readonly paint: Paint
}

/** The newest run first, with all that is counted of it. */
export function formatRuns(runs: readonly RunReport[], screen: RunScreen): string[] {
  return format(LONG, runs, screen, (run) => [
    run.state,
    run.executionId.slice(0, 8),
    run.script,
    formatMinute(run.start),
    `${formatDuration(screen.now - run.heartbeat)} ago`,
    formatCount(run.rowsFetched),
    formatCount(run.errors),
    messageOf(run),
  ])
}

/** What runs, and how the last runs ended. */
export function formatRunsShort(
  runs: readonly RunReport[],
  { limit = SHOWN_ENDED, ...screen }: RunScreen & { readonly limit?: number | undefined },
): string[] {
  const runsNow = runs.filter(isThere)
  const ended = runs.filter((run) => !isThere(run)).slice(0, limit)
  return format(SHORT, [...runsNow, ...ended], screen, (run) => [
    run.state,
    run.script,
    run.executionId.slice(0, 8),
    isThere(run)
      ? `for ${formatShortDuration(screen.now - run.start)}`
      : `${formatShortDuration(screen.now - (run.end ?? run.heartbeat))} ago`,
    messageOf(run),
  ])
}

const isThere = ({ state }: RunReport): boolean => state === 'running' || state === 'silent'

function format(
  columns: readonly FittingColumn[],
  runs: readonly RunReport[],
  { width, paint }: RunScreen,
  cellsOf: (run: RunReport) => readonly string[],
): string[] {
  if (runs.length === 0) return ['no run yet']
  const paints = runs.map((run) => paintOf(run, paint))
  const paintCell = (text: string, row: number, column: number): string =>
    column === 0 ? (paints[row]?.(text) ?? text) : text
  return formatFitting(columns, runs.map(cellsOf), { width, paintTitle: paint.faint, paintCell })
}

/** The state has a column of its own. */
function messageOf({ message, tier, state, host, pid }: RunReport): string {
  if (state === 'lost') return 'the process died; run the command again'
  if (state === 'silent')
    return `process ${pid} on ${host} says nothing, and is still there (stopped or cut off): let it go on, end it, or take its place with --takeover`
  return message?.replace(`${tier}: `, '') ?? ''
}

function paintOf({ state }: RunReport, paint: Paint): (text: string) => string {
  return {
    running: paint.stream,
    silent: paint.stopped,
    lost: paint.failed,
    failed: paint.failed,
    stopped: paint.stopped,
    completed: paint.completed,
  }[state]
}
