import type { Cost } from '../core/limiter.ts'
import type { LimitPool } from '../core/meter.ts'

const WEIGHT_LIMIT = 2_400
/** What a venue without limits states: a client that keeps to it is never held up. */
const NO_LIMIT = 1_000_000_000

/** The weight of a minute that exchangeInfo states. */
export const statedWeightLimit = (hasLimits: boolean): number => (hasLimits ? WEIGHT_LIMIT : NO_LIMIT)

/** The quotas per address. Funding and the statistics have their own, which no header tells. */
export const POOLS: readonly LimitPool[] = [
  {
    name: 'weight',
    limit: WEIGHT_LIMIT,
    windowMs: 60_000,
    header: 'x-mbx-used-weight-1m',
    text: `${WEIGHT_LIMIT} requests per minute`,
  },
  { name: 'funding', limit: 500, windowMs: 300_000, text: '500 requests per 5 minutes' },
  { name: 'futures-data', limit: 1_000, windowMs: 300_000, text: '1000 requests per 5 minutes' },
]

export const weigh = (weight: number): Cost => ({ pool: 'weight', weight })
export const FUNDING_COST: Cost = { pool: 'funding', weight: 1 }
export const FUTURES_DATA_COST: Cost = { pool: 'futures-data', weight: 1 }

export const DEFAULT_KLINES = 500

/** By the `limit` that was asked, whatever comes back. */
export function weighKlines(limit: number): Cost {
  if (limit < 100) return weigh(1)
  if (limit < 500) return weigh(2)
  return weigh(limit <= 1_000 ? 5 : 10)
}
