import type { Cost } from '../core/limiter.ts'
import type { LimitPool } from '../core/meter.ts'

const CALLS = 40
export const MAX_SYMBOLS = 20

/** One quota per key, told by no header. */
export const POOLS: readonly LimitPool[] = [
  { name: 'calls', limit: CALLS, windowMs: 60_000, text: `${CALLS} API calls per minute` },
]

export const ONE_CALL: Cost = { pool: 'calls', weight: 1 }

/** The names in `symbols`, as sent. */
export const readSymbols = (query: URLSearchParams): string[] =>
  (query.get('symbols') ?? '')
    .split(',')
    .map((symbol) => symbol.trim())
    .filter((symbol) => symbol !== '')

/** Each symbol is a call; a question that is refused for its symbols is one. */
export function countCalls(query: URLSearchParams): Cost {
  const { length } = readSymbols(query)
  return length > MAX_SYMBOLS ? ONE_CALL : { pool: 'calls', weight: Math.max(1, length) }
}

/** Seconds with a decimal, rounded up: who waits for as long is not too early. */
export const formatWait = (waitMs: number): string => (Math.ceil(waitMs / 100) / 10).toFixed(1)
