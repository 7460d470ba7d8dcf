import type { Dataset } from '../model/market.ts'
import { MINUTE, totalSpan, type Window } from '../model/window.ts'
import type { Costs } from '../venue/budget.ts'
import type { Route } from '../venue/route.ts'
import { questionsFor } from './choose-route.ts'
import { pageCount, pagesOf } from './wanted.ts'

export interface JobEstimate {
  readonly dataset: Dataset
  readonly symbol: string
  readonly gaps: readonly Window[]
  readonly requests: number
  /** At most this many rows, one a minute, on a grid; 0 for events, whose number nobody knows before. */
  readonly rows: number
  readonly costs: Costs
  /** Files that it takes from an archive; of several datasets in the same files told once. */
  readonly files?: { readonly count: number; readonly bytes: number }
}

/** What of a job is asked for at the venue's `now`. */
export function estimateJob(route: Route, symbol: string, gaps: readonly Window[], now: number): JobEstimate {
  const costs: Record<string, number> = {}
  let requests = 0
  // One question with a wider view is for all gaps.
  for (const gap of route.view ? gaps.slice(0, 1) : gaps) {
    requests += pageCount(route, gap) * route.questions.length
    for (const page of pagesOf(route, gap)) {
      const prices = questionsFor(route, page, now).flatMap((question) =>
        Object.entries(question.request(symbol, page).costs),
      )
      for (const [pool, weight] of prices) costs[pool] = (costs[pool] ?? 0) + weight
    }
  }
  const rows = route.shape === 'grid' ? totalSpan(gaps) / MINUTE : 0
  return { dataset: route.dataset, symbol, gaps, requests, rows, costs }
}

/** All that is to be done of one dataset. */
export interface PlannedWork {
  readonly dataset: Dataset
  /** As in `JobEstimate`. */
  readonly rows: number
  /** Minutes of all windows that are to be covered. */
  readonly minutes: number
  readonly requests: number
  readonly costs: Costs
}

/** The sums by dataset, in the order in which the datasets come first. */
export function sumWork(jobs: readonly JobEstimate[]): PlannedWork[] {
  return [...Map.groupBy(jobs, ({ dataset }) => dataset)].map(([dataset, all]) => ({
    dataset,
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    minutes: all.reduce((sum, { gaps }) => sum + totalSpan(gaps), 0) / MINUTE,
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    costs: sumCosts(all.map(({ costs }) => costs)),
  }))
}

export function sumCosts(all: readonly Costs[]): Costs {
  const sums: Record<string, number> = {}
  for (const costs of all)
    for (const [pool, weight] of Object.entries(costs)) sums[pool] = (sums[pool] ?? 0) + weight
  return sums
}
