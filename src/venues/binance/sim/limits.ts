import type { Cost } from '../../../lib/sim/limiter.ts'
import type { LimitPool } from '../../../lib/sim/meter.ts'

/** The quotas per address. Funding has one of its own that no header tells. */
export const POOLS: readonly LimitPool[] = [
  {
    name: 'weight',
    limit: 2_400,
    windowMs: 60_000,
    header: 'x-mbx-used-weight-1m',
    text: '2400 requests per minute',
  },
  { name: 'funding', limit: 500, windowMs: 300_000, text: '500 requests per 5 minutes' },
]

export const weigh = (weight: number): Cost => ({ pool: 'weight', weight })
export const FUNDING_COST: Cost = { pool: 'funding', weight: 1 }

export const DEFAULT_KLINES = 500

/** By the `limit` that was asked, whatever comes back. */
export function weighKlines(limit: number): Cost {
  if (limit < 100) return weigh(1)
  if (limit < 500) return weigh(2)
  return weigh(limit <= 1_000 ? 5 : 10)
}
