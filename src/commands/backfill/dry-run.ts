import { type JobEstimate, sumCosts } from '../../lib/plan/estimate.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { formatCount, formatPlural } from '../../lib/text/numbers.ts'
import { formatTable } from '../../lib/text/table.ts'
import { formatWindow } from '../../lib/text/times.ts'
import type { Costs } from '../../lib/venue/budget.ts'

/** Jobs and windows that the text shows; `--json` has them all. */
const MOST_LINES = 40

export interface PlanReport {
  readonly json: unknown
  readonly text: string
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** What the command knows beside its jobs. */
export interface PlanScope {
  readonly lanes: number
  readonly symbols: number
  /** Milliseconds until the last of such costs may leave. */
  waitForAll(costs: Costs): number
}

/** What `--dry-run` prints: the windows that are missing of so many symbols, what they cost, and how long that takes. */
export function describePlan(
  jobs: readonly JobEstimate[],
  { lanes, symbols, waitForAll }: PlanScope,
): PlanReport {
  const costs = sumCosts(jobs.map((job) => job.costs))
  const seconds = Math.ceil(waitForAll(costs) / 1_000)
  const requests = sum(jobs.map((job) => job.requests))
  const rows = sum(jobs.map((job) => job.rows))
  const json = {
    jobs: jobs.map(({ symbol, dataset, gaps, requests: count, rows: most, costs: weights }) => ({
      symbol,
      dataset,
      windows: gaps.map(({ from, to }) => ({
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
      })),
      requests: count,
      rows: most,
      weight: weights,
    })),
    total: { requests, rows, weight: costs, lanes, estimatedSeconds: seconds },
  }
  if (jobs.length === 0)
    return { json, text: symbols > 0 ? 'Nothing is missing.' : 'None of the symbols can be fetched.' }
  const weights = Object.entries(costs).map(([pool, weight]) => `${formatCount(weight)} ${pool}`)
  const total = `${formatPlural(requests, 'request')}, up to ${formatPlural(rows, 'row')}, ${weights.join(', ')}, about ${formatDuration(seconds * 1_000)} over ${lanes} lane${lanes === 1 ? '' : 's'}`
  return { json, text: `${describeWindows(jobs)}\n\n${total}. Nothing was fetched or written.` }
}

function describeWindows(jobs: readonly JobEstimate[]): string {
  const lines = jobs.flatMap((job) =>
    job.gaps.map((gap, at) => [
      job.symbol,
      job.dataset,
      formatWindow(gap),
      at === 0 ? formatCount(job.requests) : '',
      at === 0
        ? Object.entries(job.costs)
            .map(([pool, weight]) => `${formatCount(weight)} ${pool}`)
            .join(', ')
        : '',
    ]),
  )
  const shown = lines.slice(0, MOST_LINES)
  const table = formatTable(
    [
      { title: 'symbol' },
      { title: 'dataset' },
      { title: 'missing (UTC)' },
      { title: 'requests', align: 'right' },
      { title: 'weight' },
    ],
    shown,
  )
  const text = table.join('\n')
  return lines.length > shown.length
    ? `${text}\n… and ${formatCount(lines.length - shown.length)} more (all with --json)`
    : text
}
