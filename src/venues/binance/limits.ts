import { type Budget, tellsUsed } from '../../lib/venue/budget.ts'

/** Weight shared by all `/fapi` market endpoints of an address; told back in each answer. General info, 2026. */
export const REQUEST_WEIGHT = 'request-weight'
/** `fundingRate` and `fundingInfo` share 500 requests in five minutes, without any header. Market data docs, 2026. */
export const FUNDING_REQUESTS = 'funding-requests'

/** All of `/futures/data` shares 1,000 requests in five minutes, without any header. Market data docs, 2026. */
export const STATISTICS_REQUESTS = 'statistics-requests'

export const BUDGETS: readonly Budget[] = [
  { pool: REQUEST_WEIGHT, limit: 2_400, windowMs: 60_000, readUsed: tellsUsed('x-mbx-used-weight-1m') },
  { pool: FUNDING_REQUESTS, limit: 500, windowMs: 300_000 },
  { pool: STATISTICS_REQUESTS, limit: 1_000, windowMs: 300_000 },
]

/** `[from rows, weight]`, descending: what a klines request costs by its `limit`. */
const KLINES_WEIGHT: readonly (readonly [number, number])[] = [
  [1_001, 10],
  [500, 5],
  [100, 2],
  [1, 1],
]

export function klinesWeight(limit: number): number {
  return KLINES_WEIGHT.find(([from]) => limit >= from)?.[1] ?? 1
}

/** The `limit` with the most rows per weight: 499 rows for 2, where 1,500 for 10 bring 40 % less. */
export const KLINES_PAGE = 499
