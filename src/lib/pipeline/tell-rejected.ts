import type { RunEventBus } from '../events.ts'
import { normalize } from '../model/window.ts'
import { cutRow } from '../text/cut-value.ts'
import type { RejectedRow } from '../venue/route.ts'
import type { Task } from './job.ts'

/** Of one answer so many rows are told in full; of the rest how many they are and where. */
const TOLD = 50
const SHOWN_WINDOWS = 100

/** Records rows that break a rule, as sent; however many there are, in little time and space. */
export function tellRejected(
  events: RunEventBus,
  { job, attempt }: Task,
  rejected: readonly RejectedRow[],
  severity: 'warning' | 'error',
): void {
  const { symbol, dataset } = job
  for (const { ts, row, reason } of rejected.slice(0, TOLD)) {
    const minute = ts === undefined ? null : new Date(ts).toISOString()
    events.emit('failure', {
      type: 'bad_row',
      message: `${dataset} of ${symbol}${minute ? ` at ${minute}` : ''}: ${reason}`,
      details: { venue_row: cutRow(row), ts: minute, reason, symbol, dataset, attempt },
      severity,
    })
  }
  const more = rejected.slice(TOLD)
  if (more.length === 0) return
  const { stepMs } = job.route
  const windows = normalize(
    more.flatMap(({ ts }) => (ts === undefined ? [] : [{ from: ts, to: ts + stepMs }])),
  )
  const shown = windows.slice(0, SHOWN_WINDOWS).map(({ from, to }) => ({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  }))
  events.emit('failure', {
    type: 'bad_row',
    message: `${dataset} of ${symbol}: ${more.length} more rows of the same answer break a rule`,
    details: { count: more.length, windows: shown, windowCount: windows.length, symbol, dataset, attempt },
    severity,
  })
}
