import type { RunReport } from '../../db/reports.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { type Column, formatTable } from '../../lib/text/table.ts'
import { formatMinute } from '../../lib/text/times.ts'

const COLUMNS: readonly Column[] = [
  { title: 'state' },
  { title: 'run' },
  { title: 'command' },
  { title: 'started (UTC)' },
  { title: 'last seen', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'errors', align: 'right' },
  { title: 'last message', isFlexible: true },
]

/** The newest run first. */
export function formatRuns(
  runs: readonly RunReport[],
  { now, width, paint }: { readonly now: number; readonly width: number | undefined; readonly paint: Paint },
): string[] {
  if (runs.length === 0) return ['no run yet']
  const rows = runs.map((run) => [
    run.state,
    run.executionId.slice(0, 8),
    run.script,
    formatMinute(run.start),
    `${formatDuration(now - run.heartbeat)} ago`,
    formatCount(run.rowsFetched),
    formatCount(run.errors),
    messageOf(run),
  ])
  const paints = runs.map((run) => paintOf(run, paint))
  const paintCell = (text: string, row: number, column: number): string =>
    column === 0 ? (paints[row]?.(text) ?? text) : text
  return formatTable(COLUMNS, rows, { width, paintTitle: paint.faint, paintCell })
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
