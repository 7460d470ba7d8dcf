import { MOST_FILES } from '../../lib/pipeline/archive/archive-load.ts'
import { estimateFiles } from '../../lib/plan/choose-route.ts'
import { type JobEstimate, sumCosts } from '../../lib/plan/estimate.ts'
import { formatBytes } from '../../lib/text/bytes.ts'
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
  const files = sumFiles(jobs)
  const waitMs = files ? estimateFiles(2 * files.count, files.bytes, MOST_FILES) : 0
  const seconds = Math.ceil((waitForAll(costs) + waitMs) / 1_000)
  const requests = sum(jobs.map((job) => job.requests))
  const rows = sum(jobs.map((job) => job.rows))
  const json = {
    jobs: jobs.map(({ symbol, dataset, gaps, requests: count, rows: most, costs: weights, files: own }) => ({
      symbol,
      dataset,
      windows: gaps.map(({ from, to }) => ({
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
      })),
      requests: count,
      rows: most,
      weight: weights,
      ...(own && { files: own.count, bytes: own.bytes }),
    })),
    total: { requests, rows, weight: costs, lanes, estimatedSeconds: seconds, ...files },
  }
  if (jobs.length === 0)
    return { json, text: symbols > 0 ? 'Nothing is missing.' : 'None of the symbols can be fetched.' }
  const weights = Object.entries(costs).map(([pool, weight]) => `${formatCount(weight)} ${pool}`)
  const archive = files
    ? [`${formatPlural(files.count, 'file')} of the archive (${formatBytes(files.bytes)})`]
    : []
  const amounts = [
    formatPlural(requests, 'request'),
    ...archive,
    `up to ${formatPlural(rows, 'row')}`,
    ...weights,
    `about ${formatDuration(seconds * 1_000)} over ${formatPlural(lanes, 'lane')}`,
  ]
  const total = amounts.join(', ')
  return { json, text: `${describeWindows(jobs)}\n\n${total}. Nothing was fetched or written.` }
}

/** Undefined where none is of an archive. */
function sumFiles(jobs: readonly JobEstimate[]): { count: number; bytes: number } | undefined {
  const told = jobs.flatMap(({ files }) => files ?? [])
  if (told.length === 0) return undefined
  return { count: sum(told.map(({ count }) => count)), bytes: sum(told.map(({ bytes }) => bytes)) }
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
            .concat(job.files ? [`${formatBytes(job.files.bytes)} of files`] : [])
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
