import type { Dataset } from '../model/market.ts'
import { MINUTE, totalSpan, type Window } from '../model/window.ts'
import type { Budget } from '../rate/budget.ts'
import type { Source } from '../venue.ts'
import { pageCount, pagesOf } from './wanted.ts'

export interface JobEstimate {
  readonly dataset: Dataset
  readonly symbol: string
  readonly gaps: readonly Window[]
  readonly requests: number
  /** At most this many rows, one a minute, on a grid; 0 for events, whose number nobody knows before. */
  readonly rows: number
  readonly costs: Readonly<Record<string, number>>
}

export function estimateJob(source: Source, symbol: string, gaps: readonly Window[]): JobEstimate {
  const costs: Record<string, number> = {}
  let requests = 0
  // One question with a wider view is for all gaps.
  for (const gap of source.view ? gaps.slice(0, 1) : gaps) {
    requests += pageCount(source, gap) * source.questions.length
    for (const page of pagesOf(source, gap)) {
      const prices = source.questions.flatMap((question) =>
        Object.entries(question.request(symbol, page).costs),
      )
      for (const [pool, weight] of prices) costs[pool] = (costs[pool] ?? 0) + weight
    }
  }
  const rows = source.shape === 'grid' ? totalSpan(gaps) / MINUTE : 0
  return { dataset: source.dataset, symbol, gaps, requests, rows, costs }
}

/**
 * Seconds until the last request may leave: the first window's worth goes out at once, each further one a window
 * later. The network's own speed comes on top.
 */
export function estimateSeconds(
  costs: Readonly<Record<string, number>>,
  budgets: readonly Budget[],
  lanes: number,
): number {
  const waits = budgets.map((budget) => {
    const windows = Math.ceil((costs[budget.pool] ?? 0) / (budget.limit * (budget.isShared ? 1 : lanes)))
    return (Math.max(0, windows - 1) * budget.windowMs) / 1_000
  })
  return Math.max(0, ...waits)
}
