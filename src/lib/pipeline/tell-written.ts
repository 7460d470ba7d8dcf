import type { RunEventBus } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { totalSpan } from '../model/window.ts'
import type { Commit, RefusedRow, WriteResult } from '../ports.ts'

/** Tells a transaction to whoever listens. */
export function tellWritten(
  events: RunEventBus,
  commits: readonly Commit[],
  { inserted, updated }: WriteResult,
  ms: number,
): void {
  const perDataset: Partial<Record<Dataset, { rows: number; covered: number }>> = {}
  for (const { dataset, rows, covered } of commits) {
    const sum = perDataset[dataset] ?? { rows: 0, covered: 0 }
    perDataset[dataset] = { rows: sum.rows + rows.count, covered: sum.covered + totalSpan(covered) }
  }
  const rows = commits.reduce((sum, commit) => sum + commit.rows.count, 0)
  events.emit('batch:written', { rows, inserted, updated, perDataset, ms })
}

/** Records a row that the database did not take. */
export function tellRefused(events: RunEventBus, { dataset, symbol, ts, row, reason }: RefusedRow): void {
  events.emit('failure', {
    type: 'refused_row',
    message: `${dataset} of ${symbol}: the database refused a row: ${reason}`,
    details: { symbol, dataset, ts: new Date(ts).toISOString(), row },
    severity: 'error',
  })
}
